import { createSocket, type Socket } from "node:dgram";
import type { Log } from "../../edge/protocol/log.ts";
import { describeError } from "../../edge/protocol/log.ts";
import { readViewerLine } from "./viewer-line.ts";
import type { ViewerTally } from "./viewer-tally.ts";

const bufferBytes = 1024 * 1024;

/**
 * Hears nginx's lines by UDP on 127.0.0.1, where a Node without native modules can: nginx sends and forgets, so that
 * no player ever waits for the count. Rejects when the port is taken.
 */
export async function openViewerLog(port: number, tally: ViewerTally, log: Log): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: bufferBytes });
  socket.on("message", (message) => {
    const fetched = readViewerLine(message.toString("latin1"));
    if (fetched !== null) tally.saw(fetched.playbackId, fetched.viewerId);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", resolve);
  });
  socket.on("error", (error) => log.warn("viewer-log.failed", { error: describeError(error) }));
  return socket;
}
