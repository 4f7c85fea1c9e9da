import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { ffmpegArguments, firstOutputPipe } from "../../media-sidecar/ladder/ffmpeg-arguments.ts";
import { benchmarkArguments, readBenchmark } from "../../media-sidecar/ladder/ffmpeg-benchmark.ts";
import { type LadderPlan, planRungs, planSlots, type Rung } from "../../media-sidecar/ladder/ladder-plan.ts";
import { plainSource } from "../../media-sidecar/ladder/plain-source.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { median, table } from "./table.ts";

const rounds = 3;
const timing = { segmentSeconds: 2, partSeconds: 0.5, trimSeconds: null, latencyMode: "standard" as const };

/**
 * CPU-seconds (user and system, from FFmpeg's own account of itself) for one second of a 1080p30 source: the ladder as
 * the sidecar runs it, with the top rung copied and with all encoded, beside four separate FFmpeg processes that
 * encode the same rungs at the same presets, rates and sizes, each decoding for itself.
 */
export async function measureLadder(): Promise<void> {
  const file = await testMedia(fullHd);
  const [copied, encoded] = [plan(true), plan(false)];
  const seconds = { copied: [] as number[], encoded: [] as number[], separate: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    seconds.copied.push(await processorSecondsOf(copied, file));
    seconds.encoded.push(await processorSecondsOf(encoded, file));
    let separate = 0;
    for (const rung of encoded.rungs)
      separate += await processorSecondsOf({ ...encoded, rungs: [rung] }, file);
    seconds.separate.push(separate);
    process.stderr.write(`ladder-cpu ${round + 1}/${rounds}\n`);
  }
  const peer = median(seconds.separate);
  const row = (name: string, values: number[]) => [
    name,
    (median(values) / fullHd.duration).toFixed(3),
    (median(values) / peer).toFixed(2),
  ];
  process.stdout.write(
    `\nCPU of the ladder, 1080p30 to 1080p 720p 480p 360p, median of ${rounds}\n${table([
      ["way", "CPU-s per second of source", "ratio to separate"],
      row("one FFmpeg, top rung copied", seconds.copied),
      row("one FFmpeg, all four encoded", seconds.encoded),
      row("four separate FFmpeg (peer)", seconds.separate),
    ])}\n`,
  );
}

function plan(copyAllowed: boolean): LadderPlan {
  const { width, height, framesPerSecond: frameRate, videoKbps } = fullHd;
  const source = plainSource(width, height, { frameRate, videoKbps });
  return planRungs(planSlots(source), source, { copyAllowed, shedRungs: 0 });
}

/** Runs one ladder over the whole file as fast as it goes, its outputs read and thrown away. */
async function processorSecondsOf(ladder: LadderPlan, file: string): Promise<number> {
  const pipes = ladder.rungs.map((_: Rung) => "pipe" as const);
  const child = spawn("ffmpeg", benchmarkArguments(ffmpegArguments(ladder, timing)), {
    stdio: ["pipe", "ignore", "pipe", ...pipes],
  });
  createReadStream(file).pipe(child.stdio[0] as NodeJS.WritableStream);
  ladder.rungs.forEach((_, index) => {
    (child.stdio[firstOutputPipe + index] as NodeJS.ReadableStream).resume();
  });
  let stderr = "";
  (child.stdio[2] as NodeJS.ReadableStream).on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-8000);
  });
  const [code] = await once(child, "close");
  const used = readBenchmark(stderr);
  if (code !== 0 || used === null) throw new Error(`FFmpeg ended with ${code}: ${stderr}`);
  return used.processorSeconds;
}
