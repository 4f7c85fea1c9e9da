/** API and rooms behind one address, as nginx puts them together. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { TestRooms } from "../rooms/test-rooms.ts";

export async function openFront(rooms: TestRooms): Promise<{ url: string; close(): void }> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const answer = await rooms.api.publicApp.request(incoming.url ?? "/", {
        method: incoming.method ?? "GET",
        headers: incoming.headers as Record<string, string>,
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
    })();
  });
  server.on("upgrade", (request: IncomingMessage, socket) => {
    const upstream = connect(Number(new URL(rooms.url).port), "127.0.0.1", () => {
      const headers = request.rawHeaders.map((part, index) => part + (index % 2 === 0 ? ": " : "\r\n"));
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const [one, other] of [
      [upstream, socket],
      [socket, upstream],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
