/** Which encoder this machine has, and how much it encodes: measured once, and remembered. */
import { execFile } from "node:child_process";
import { readFile, rename, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { type VideoEncoder, videoEncoders } from "../ladder/video-encoders.ts";
import { makeTrialClip, tryEncoder } from "./encoder-trial.ts";
import { type Capacity, type KeptCapacity, readKept } from "./kept-capacity.ts";

export interface CapacitySettings {
  readonly ffmpegPath: string;
  /** Where the measurement is kept. */
  readonly dataDirectory: string;
  /** auto: the first hardware encoder that works, else libx264. */
  readonly encoder: VideoEncoder | "auto";
  /** In place of what is measured; null to measure. */
  readonly samplesPerSecond: number | null;
  readonly log: Log;
}

const file = "encoder-capacity.json";
/** What a slow core encodes, for when even the measurement fails: better too little than a machine that drowns. */
const cautiousPerCore = 20_000_000;

/** Takes a second or two when nothing is remembered. Never rejects. */
export async function findCapacity(settings: CapacitySettings): Promise<Capacity> {
  const { dataDirectory, encoder, samplesPerSecond, log } = settings;
  const cores = await usableCores();
  // A device is tried all the same: only one that works may be claimed.
  if (samplesPerSecond !== null && encoder === "libx264") return { encoder, samplesPerSecond };
  const path = join(dataDirectory, file);
  try {
    const machine = await describeMachine(settings.ffmpegPath, encoder, cores);
    const kept = readKept(await readFile(path, "utf8").catch(() => ""), machine, Date.now());
    const found = kept ?? (await measure(settings, cores));
    if (kept === null) {
      log.info("encoder.measured", { ...found, cores });
      await keep(path, { machine, ...found, measuredAt: Date.now() });
    }
    const { encoder: works, samplesPerSecond: measured } = found;
    return { encoder: works, samplesPerSecond: samplesPerSecond ?? measured };
  } catch (error) {
    log.error("encoder.not-measured", { error: describeError(error) });
    return { encoder: "libx264", samplesPerSecond: samplesPerSecond ?? cautiousPerCore * cores };
  }
}

/** The first that works of those to try; libx264 is always the last. */
async function measure({ ffmpegPath, encoder, log }: CapacitySettings, cores: number): Promise<Capacity> {
  const present = encoder === "auto" ? await listedEncoders(ffmpegPath) : new Set<string>([encoder]);
  const clip = await makeTrialClip(ffmpegPath);
  for (const each of videoEncoders) {
    if (each !== "libx264" && !present.has(each)) continue;
    const { samplesPerSecond, reason } = await tryEncoder(ffmpegPath, each, clip, cores);
    if (samplesPerSecond !== null) return { encoder: each, samplesPerSecond };
    log.info("encoder.unusable", { encoder: each, reason });
  }
  throw new Error("no encoder works: the log says why");
}

/** Those that FFmpeg was built with, which says nothing of devices. */
async function listedEncoders(ffmpegPath: string): Promise<Set<string>> {
  const { stdout } = await promisify(execFile)(ffmpegPath, ["-hide_banner", "-encoders"]);
  return new Set([...stdout.matchAll(/^ V\S+ (\S+)/gm)].map(([, name]) => name!));
}

async function describeMachine(ffmpegPath: string, encoder: string, cores: number): Promise<string> {
  const { stdout } = await promisify(execFile)(ffmpegPath, ["-version"]);
  const version = stdout.split("\n")[0] ?? "";
  return [cpus()[0]?.model ?? "unknown processor", `${cores} cores`, version, encoder].join("; ");
}

/** What of the processor this process may use: a container may be given less than there is (cgroup v2 `cpu.max`). */
async function usableCores(): Promise<number> {
  const limit = await readFile("/sys/fs/cgroup/cpu.max", "utf8").catch(() => "max");
  const [quota, period] = limit.split(" ").map(Number);
  const allowed = quota && period ? quota / period : Number.POSITIVE_INFINITY;
  return Math.max(0.25, Math.min(availableParallelism(), allowed));
}

/** Without it, it is measured again at the next start. */
async function keep(path: string, kept: KeptCapacity): Promise<void> {
  const unfinished = `${path}.making`;
  await writeFile(unfinished, `${JSON.stringify(kept, null, 2)}\n`)
    .then(() => rename(unfinished, path))
    .catch(() => {});
}
