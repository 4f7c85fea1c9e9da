/** What a sidecar looks at and tidies by itself, over and over, whether or not anybody publishes. */
import { describeError, type Log } from "../edge/protocol/log.ts";
import type { ProcessorIdle } from "./admission/processor-idle.ts";
import { pause, repeatEvery } from "./edge-client/repeat.ts";
import { rotateAccessLog } from "./nginx/access-log-rotation.ts";
import type { RtmpControl } from "./nginx/rtmp-control.ts";
import type { RecordingRoom } from "./recordings/recording-room.ts";
import type { Recordings } from "./recordings/recordings.ts";
import type { RewindLimit } from "./streams/rewind-limit.ts";
import type { StreamRegistry } from "./streams/stream-registry.ts";

/** What nginx-rtmp is doing at start: both start together, so it is given a few seconds. */
export async function nginxOnceReady(nginx: RtmpControl, cancel: AbortSignal) {
  for (let attempt = 0; attempt < 20 && !cancel.aborted; attempt++) {
    const stat = await nginx.stat().catch(() => null);
    if (stat) return stat;
    await pause(0.25, cancel);
  }
  return null;
}

export function watchPublishers(
  nginx: RtmpControl,
  registry: StreamRegistry,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  return repeatEvery(1, cancel, async () => {
    try {
      registry.observe(await nginx.statIfRunning());
    } catch (error) {
      // Slow is not gone: an answer too late says nothing of who publishes.
      log.warn("nginx-rtmp.slow", { error: describeError(error) });
    }
  });
}

export function watchProcessor(idle: ProcessorIdle, cancel: AbortSignal): Promise<void> {
  return repeatEvery(1, cancel, () => idle.look());
}

/** A disk may fill faster than anything else changes. */
export function watchDisk(
  limit: RewindLimit,
  room: RecordingRoom,
  registry: StreamRegistry,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  return repeatEvery(2, cancel, async () => {
    try {
      if (await limit.look(registry.longestRewindSeconds)) {
        log.warn("rewind.limit-changed", { seconds: limit.seconds });
        registry.rewindLimitChanged();
      }
      if (await room.look()) {
        log.warn("recordings.room-changed", { isThere: room.isThere });
        registry.rewindLimitChanged();
      }
    } catch (error) {
      log.warn("disk.not-seen", { error: describeError(error) });
    }
  });
}

export function removeOldRecordings(recordings: Recordings, log: Log, cancel: AbortSignal): Promise<void> {
  return repeatEvery(60, cancel, () =>
    recordings
      .removeOutdated()
      .catch((error) => log.error("recordings.not-removed", { error: describeError(error) })),
  );
}

export function keepAccessLogSmall(dataDirectory: string, log: Log, cancel: AbortSignal): Promise<void> {
  return repeatEvery(60, cancel, () =>
    rotateAccessLog(dataDirectory).catch((error) =>
      log.warn("access-log.rotation-failed", { error: describeError(error) }),
    ),
  );
}
