import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Recording as RecordingFacts } from "../../edge/protocol/recordings.ts";
import { makeRun } from "../../media-sidecar/recordings/movie/movie.test-support.ts";
import type { Recording } from "../../media-sidecar/recordings/recording.ts";
import { makeRecordings, PretendBroadcast } from "../../media-sidecar/recordings/recordings.test-support.ts";
import { publish } from "../support/publisher.ts";
import { startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { table } from "./table.ts";

const run = promisify(execFile);
const hourSeconds = Number(process.env.BENCH_RECORDING_SECONDS ?? 3600);
const partSeconds = 20;
const liveSeconds = 40;
/** One quality copied and one encoded, at little cost: a ladder that is changed for want of time is begun anew. */
const live = { ...small, width: 854, height: 480, framesPerSecond: 30, videoKbps: 2000 };
/** Bytes to the disk for each byte of segments that is kept: once as a segment, once in the file. */
const mostWritten = 2;

/**
 * What is made of a recording of an hour that has ended, beside FFmpeg, which copies the same segments into a file that
 * plays while it loads; and what a live stream that is recorded writes to the disk for each byte that is kept.
 */
export async function measureRecordingFinish(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "rostrum-hour-"));
  try {
    await measureHour(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  await measureWritten();
}

async function measureHour(directory: string): Promise<void> {
  const segments = await makeRun(directory, "part", { seconds: partSeconds, size: "1920x1080" });
  const recordings = makeRecordings(join(directory, "media"));
  const broadcast = new PretendBroadcast(join(directory, "media"), "hour");
  for (let seconds = 0; seconds < hourSeconds; seconds += partSeconds)
    await broadcast.record(recordings, segments, Date.parse("2027-04-01T07:00:00Z") + seconds * 1000);
  const recording = recordings.all[0]!;
  const recorded = recording.media.bytes;
  await run("sync");
  const ours = await costOfFinishing(recording, () => recordings.end(broadcast.broadcastId));
  await recordings.stop();
  await run("sync");
  const peer = await costOfCopying(recording);
  const row = (name: string, { seconds, processor, written, most }: Cost) => [
    name,
    seconds.toFixed(1),
    processor.toFixed(1),
    (written / 1e6).toFixed(0),
    (written / recorded).toFixed(3),
    (most / 1e6).toFixed(0),
  ];
  process.stdout.write(
    `\nMaking the file of a recording of ${hourSeconds} s, ${hourSeconds} segments in ${hourSeconds / partSeconds} runs, ${(recorded / 1e6).toFixed(0)} MB\n${table(
      [
        ["", "s", "CPU-s, Rostrum's FFmpegs left out", "MB written", "of recorded", "MB of memory for it"],
        row("Rostrum, with poster and pictures along it", ours),
        row("FFmpeg -c copy -movflags +faststart (peer)", peer),
      ],
    )}\n`,
  );
}

interface Cost {
  readonly seconds: number;
  readonly processor: number;
  readonly written: number;
  readonly most: number;
}

async function costOfFinishing(recording: Recording, end: () => Promise<void>): Promise<Cost> {
  const [from, written, used] = [performance.now(), writtenBytes(process.pid), process.cpuUsage()];
  const before = process.memoryUsage().rss;
  let most = 0;
  await end();
  await waitFor(
    "its file",
    () => {
      most = Math.max(most, process.memoryUsage().rss - before);
      if (recording.record.status === "failed") throw new Error(recording.record.error ?? "failed");
      return recording.record.status === "ready";
    },
    { timeoutSeconds: 600, everyMilliseconds: 20 },
  );
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - from) / 1000;
  const processor = (user + system) / 1e6;
  return { seconds, processor, written: writtenBytes(process.pid) - written, most };
}

async function costOfCopying(recording: Recording): Promise<Cost> {
  const { directory } = recording.media;
  const [list, target] = [join(directory, "list.m3u8"), join(directory, "peer.mp4")];
  await writeFile(list, recording.media.playlist("v0")!);
  const from = performance.now();
  const copy = ["-i", list, "-c", "copy", "-movflags", "+faststart", target];
  const ffmpeg = spawn("ffmpeg", ["-v", "error", "-y", ...copy], { stdio: "ignore" });
  const ended = once(ffmpeg, "close");
  const cost = { written: 0, processor: 0, most: 0 };
  const look = setInterval(() => {
    try {
      cost.written = writtenBytes(ffmpeg.pid!);
      const status = readFileSync(`/proc/${ffmpeg.pid}/status`, "utf8");
      cost.most = Math.max(cost.most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024);
      const stat = readFileSync(`/proc/${ffmpeg.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      cost.processor = (Number(stat[11]) + Number(stat[12])) / 100;
    } catch {
      // It has just ended.
    }
  }, 20);
  const [code] = await ended;
  clearInterval(look);
  if (code !== 0) throw new Error(`FFmpeg ended with ${code}`);
  // Ours is on the disk when it is said to be ready.
  await run("sync", [target]);
  return { seconds: (performance.now() - from) / 1000, ...cost };
}

async function measureWritten(): Promise<void> {
  const rostrum = await startRostrum();
  const { stream, streamKey } = await rostrum.admin.createStage({ record: true });
  const publisher = publish(await testMedia(live), `${rostrum.ingestUrl}/${streamKey}`);
  try {
    const sidecar = await rostrum.pidOf("sidecar");
    const before = writtenBytes(sidecar);
    const recording = async () => {
      const path = `/api/streams/${stream.id}/recordings`;
      return (await rostrum.admin.call<{ items: RecordingFacts[] }>("GET", path)).items[0];
    };
    await waitFor("enough", async () => ((await recording())?.durationSeconds ?? 0) > liveSeconds, {
      timeoutSeconds: 120,
    });
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
    await waitFor("its file", async () => (await recording())?.status === "ready", { timeoutSeconds: 60 });
    const written = writtenBytes(sidecar) - before;
    const kept = await keptBytes(join(rostrum.dataDirectory, "media", "recordings"));
    const share = written / kept;
    process.stdout.write(
      `\nOne 480p30 stream with its ladder, recorded for ${liveSeconds} s and made into a file\n${table([
        ["MB of segments kept", "MB written by the sidecar", "written for each byte"],
        [(kept / 1e6).toFixed(1), (written / 1e6).toFixed(1), share.toFixed(2)],
      ])}\n`,
    );
    if (share > mostWritten) throw new Error(`${share} bytes were written for each that is kept`);
  } finally {
    await publisher.kill();
    await rostrum.remove();
  }
}

/** Of the segments, not of what was made of them. */
async function keptBytes(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory, { recursive: true }))
    if (name.endsWith(".m4s")) bytes += (await stat(join(directory, name))).size;
  return bytes;
}

/** What a process has given to disks so far (proc(5), `io`). */
function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}
