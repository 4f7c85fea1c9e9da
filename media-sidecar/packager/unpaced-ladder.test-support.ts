/** The way of a source from an FLV file to published segments, as fast as FFmpeg goes: no nginx, and no clock. */

import { readFile } from "node:fs/promises";
import { createLog } from "../../edge/protocol/log.ts";
import type { LatencyMode } from "../../edge/protocol/streams.ts";
import { unlimitedShare } from "../admission/encoding-share.ts";
import { smallLadder } from "../broadcast/broadcast.test-support.ts";
import { declareRenditions } from "../broadcast/broadcast-description.ts";
import type { LadderRun } from "../broadcast/ladder-run.ts";
import { LadderRunner } from "../broadcast/ladder-runner.ts";
import { SourceBuffer } from "../broadcast/source-buffer.ts";
import { SourceIntake } from "../broadcast/source-intake.ts";
import { planFrameRate } from "../ingest/frame-rate.ts";
import { type FlvTag, readFlv } from "../ingest/rtmp-publisher.test-support.ts";
import { partTargetSeconds } from "./part-length.ts";
import { segmentPaces } from "./segment-cuts.ts";
import { SegmentPublisher } from "./segment-publisher.ts";

export interface UnpacedLadder {
  readonly publisher: SegmentPublisher;
  /** Where each segment begins in each rung: milliseconds of its run. */
  readonly starts: readonly (readonly number[])[];
  /** Every state of every rung's playlist. */
  readonly playlists: readonly string[];
  readonly logged: readonly string[];
}

/** Packages what `sent` makes of an FLV file's tags, to the last frame. */
export async function packageFlv(
  directory: string,
  name: string,
  path: string,
  latencyMode: LatencyMode,
  sent: (tags: readonly FlvTag[]) => readonly FlvTag[] = (tags) => tags,
): Promise<UnpacedLadder> {
  const logged: string[] = [];
  const playlists: string[] = [];
  const starts: number[][] = [];
  const log = createLog("test", (line) => logged.push(line));
  const buffer = new SourceBuffer();
  const pace = segmentPaces[latencyMode];
  let now = 0;
  const publisher: SegmentPublisher = new SegmentPublisher(
    {
      mediaDirectory: directory,
      playbackId: `pb_${name}`,
      broadcastId: `brd_${name}`,
      prefix: `seg_${name}`,
      generation: 0,
      startedAt: 0,
      windowSeconds: 3600,
      partTargetSeconds: latencyMode === "low" ? partTargetSeconds : null,
      log,
      onChange: () => {
        publisher.slots?.forEach((_, slot) => {
          const text = publisher.mediaPlaylist(`v${slot}`)?.toString();
          if (text !== undefined) playlists.push(text);
        });
      },
    },
    null,
  );
  const publishable = (run: LadderRun) => ({
    run: run.id,
    renditions: declareRenditions(run.plan, run.inits!, run.epoch.frameRate),
    inits: run.inits!,
    targetDuration: run.cuts.targetDuration ?? pace.targetSeconds,
    zeroAt: run.zeroMs,
  });
  const intake = new SourceIntake({
    now: () => now,
    hasShownPicture: () => true,
    onTag: (tag) => buffer.push(tag),
    onEpochEnd: () => runner.pump(),
    onReceiving: () => {},
    onRefused: (reason) => logged.push(reason),
    onWarning: (code) => logged.push(code),
  });
  const runner: LadderRunner = new LadderRunner({
    ffmpegPath: "ffmpeg",
    pace,
    latencyMode,
    ladder: smallLadder,
    buffer,
    publisher,
    log,
    onHeaders: (run) => publisher.announce(publishable(run)),
    onParts: (run, parts) =>
      publisher.publishParts(publishable(run), parts, Math.round(parts[0]!.segmentStartMs)),
    onGroup: (run, group, parts) => {
      starts.push(group.segments.map(({ startMs }) => startMs));
      publisher.publish(publishable(run), group, parts, group.startMs);
    },
    onPlan: () => {},
    onKeyframesTooFar: () => logged.push("keyframes too far apart"),
    share: unlimitedShare,
    onStuck: () => logged.push("stuck"),
    onNoRoom: () => logged.push("no room"),
    onFailing: () => logged.push("failing"),
    frameRate: () => planFrameRate(intake.meter.figures().frameRate, null, intake.reader.hints.frameRate),
  });
  for (const tag of sent(readFlv(await readFile(path)))) {
    now = tag.timestampMs;
    intake.accept({ ...tag, streamId: 1 });
  }
  intake.sourceEnd();
  runner.pump();
  await runner.idle();
  await publisher.end();
  await runner.stop();
  return { publisher, starts, playlists, logged };
}
