import type { HeartbeatRequest, HeartbeatResponse } from "../../edge/protocol/internal-media.ts";
import type { Log } from "../../edge/protocol/log.ts";
import type { Bell } from "./bell.ts";
import { type EdgeClient, edgeTrouble } from "./edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "./repeat.ts";

export interface Heartbeat {
  state: () => Omit<HeartbeatRequest, "nodeId">;
  heard: (answer: HeartbeatResponse) => void;
  /** Rings when something at the edge has changed that only its answer says. */
  bell: Bell;
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
      await heartbeat.bell.wait(everySeconds, cancel);
    } catch (error) {
      failures++;
      if (isWorthALine(failures)) log.warn("heartbeat.failed", { failures, error: edgeTrouble(error) });
      await pause(backoffSeconds(failures, 0.25, everySeconds), cancel);
    }
  }
}
