import type { HeartbeatResponse } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { EdgeClient } from "./edge-client.ts";
import { backoffSeconds, pause } from "./repeat.ts";

export interface Heartbeat {
  state: () => { hlsHost: string; rtmpHost: string; liveStreams: number };
  heard: (answer: HeartbeatResponse) => void;
}

const everySeconds = 5;

/** Says every 5 s that this machine is there, sooner while the edge is away, until `cancel` fires. */
export async function runHeartbeatLoop(
  edge: EdgeClient,
  heartbeat: Heartbeat,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!cancel.aborted) {
    try {
      heartbeat.heard(await edge.heartbeat(heartbeat.state()));
      if (failures > 0) log.info("heartbeat.heard", { failures });
      failures = 0;
      await pause(everySeconds, cancel);
    } catch (error) {
      failures++;
      // The edge starts beside the sidecar: the first misses are ordinary.
      if (failures === 5 || failures % 60 === 0) {
        log.warn("heartbeat.failed", { failures, error: describeError(error) });
      }
      await pause(backoffSeconds(failures, 0.25, everySeconds), cancel);
    }
  }
}
