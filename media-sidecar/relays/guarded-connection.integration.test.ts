import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, it } from "vitest";
import {
  testAuthority,
  testServerCertificate,
  testServerKey,
} from "../../edge/api/mail/test-certificates.ts";
import { readRelayUrl } from "../../edge/protocol/relays.ts";
import { freePort } from "../../testing/support/free-port.ts";
import { guardedConnection, type RelayNetwork } from "./guarded-connection.ts";

let servers: Server[] = [];
let connections = 0;
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  connections = 0;
});

const never = new AbortController().signal;
const counted = (server: Server): Promise<number> => {
  servers.push(server);
  server.on("connection", (socket) => {
    connections++;
    socket.on("error", () => {});
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
};
const secure = () => createTlsServer({ cert: testServerCertificate, key: testServerKey });

function reach(url: string, network: Partial<RelayNetwork> = {}, cancel = never) {
  const address = readRelayUrl(url);
  if (address === null) throw new Error(`${url} is no address`);
  return guardedConnection(address, { allowPrivate: false, ...network }, cancel);
}

it.each([
  ...["127.0.0.1", "localhost", "0.0.0.0", "0x7f.1", "0x7f000001", "0177.0.0.1", "2130706433", "127.1"],
  ...[
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
  ],
])("does not connect to this machine as %s", async (host) => {
  const port = await counted(createServer());
  const failure = await reach(`rtmp://${host}:${port}/live`).catch((error) => error);
  expect(failure).toMatchObject({ name: "RelayTrouble", permanent: true });
  expect(failure.message).toMatch(/not a public address; RELAY_ALLOW_PRIVATE=true/);
  expect(connections).toBe(0);
});

it("does not connect to a name that leads inside, also beside public addresses, and says where it leads", async () => {
  const port = await counted(createServer());
  const resolve = async () => ["8.8.8.8", "127.0.0.1"];
  await expect(reach(`rtmp://rebind.test:${port}/live`, { resolve })).rejects.toMatchObject({
    permanent: true,
    message: expect.stringMatching(/^rebind\.test leads to 127\.0\.0\.1, which is not a public address/),
  });
  expect(connections).toBe(0);
});

it("asks for a name once and connects to the answer, so that the next answer changes nothing", async () => {
  const port = await counted(createServer());
  let asked = 0;
  // Whoever owns the name answers differently the second time.
  const resolve = async () => (++asked === 1 ? ["127.0.0.1"] : ["192.0.2.1"]);
  const socket = await reach(`rtmp://rebind.test:${port}/live`, { resolve, allowPrivate: true });
  expect([asked, socket.remoteAddress]).toEqual([1, "127.0.0.1"]);
  socket.destroy();
});

it("tries the next address when one refuses", async () => {
  const port = await counted(createServer());
  const resolve = async () => ["127.0.0.2", "127.0.0.1"];
  const socket = await reach(`rtmp://two.test:${port}/live`, { resolve, allowPrivate: true });
  expect(socket.remoteAddress).toBe("127.0.0.1");
  socket.destroy();
});

it("says in words that nothing listens, and that there is no such host", async () => {
  const port = await freePort();
  await expect(reach(`rtmp://127.0.0.1:${port}/live`, { allowPrivate: true })).rejects.toMatchObject({
    permanent: false,
    message: `127.0.0.1:${port} refused the connection: nothing listens there`,
  });
  await expect(reach("rtmp://nobody.invalid/live")).rejects.toMatchObject({
    permanent: false,
    message: expect.stringMatching(/there is no host named nobody\.invalid|could not be looked up/),
  });
});

it("takes a certificate by the name that was typed, and no other", async () => {
  const port = await counted(secure());
  const network = { allowPrivate: true, certificateAuthorities: testAuthority };
  for (const host of ["localhost", "127.0.0.1"]) {
    const socket = await reach(`rtmps://${host}:${port}/live`, network);
    socket.destroy();
  }
  const resolve = async () => ["127.0.0.1"];
  const other = reach(`rtmps://other.test:${port}/live`, { ...network, resolve });
  await expect(other).rejects.toThrow(/no secure connection to other\.test:\d+: .*does not match/);
  const unknown = reach(`rtmps://localhost:${port}/live`, { allowPrivate: true });
  await expect(unknown).rejects.toThrow(/no secure connection/);
  const plain = await counted(createServer((socket) => socket.end("no TLS here")));
  await expect(reach(`rtmps://localhost:${plain}/live`, network)).rejects.toThrow(/no secure connection/);
});

it("stops at once when it is not wanted any more", async () => {
  const port = await counted(createServer());
  const stopping = new AbortController();
  const secureToPlain = reach(`rtmps://127.0.0.1:${port}/live`, { allowPrivate: true }, stopping.signal);
  const failed = expect(secureToPlain).rejects.toThrow(/not wanted/);
  stopping.abort();
  await failed;
});
