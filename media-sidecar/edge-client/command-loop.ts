import type { MediaCommand } from "../../edge/protocol/internal-media.ts";
import type { Log } from "../../edge/protocol/log.ts";
import { type EdgeClient, edgeTrouble } from "./edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "./repeat.ts";

const waitSeconds = 20;

/**
 * Fetches orders from the edge and carries them out, oldest first, until `cancel` fires. An order is acknowledged after it was
 * carried out, so one that was interrupted comes again: orders must bear being repeated.
 */
export async function runCommandLoop(
  edge: EdgeClient,
  carryOut: (command: MediaCommand) => Promise<void>,
  log: Log,
  cancel: AbortSignal,
): Promise<void> {
  let after = 0;
  let failures = 0;
  while (!cancel.aborted) {
    try {
      const commands = await edge.commands(after, waitSeconds, cancel);
      for (const command of commands) {
        log.info("command", { id: command.id, kind: command.kind, streamId: command.streamId });
        await carryOut(command);
        await edge.acknowledge([command.id]);
        after = Math.max(after, command.id);
      }
      failures = 0;
    } catch (error) {
      if (cancel.aborted) return;
      failures++;
      if (isWorthALine(failures)) log.warn("commands.failed", { failures, error: edgeTrouble(error) });
      await pause(backoffSeconds(failures), cancel);
    }
  }
}
