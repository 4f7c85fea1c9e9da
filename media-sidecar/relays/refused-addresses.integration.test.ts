/** A media machine as it is by default: relays to addresses that are not public are refused, and nothing is connected to. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeUser } from "../../edge/api/streams/test-scene.ts";
import { relays as relayRows } from "../../edge/db/schema/aftermath-tables.ts";
import type { Relay } from "../../edge/protocol/relays.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine } from "../test-media-machine.ts";

const hosts = ["127.0.0.1", "localhost", "0x7f.1", "0177.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"];
const metadata = "169.254.169.254";

it("refuses this machine and its network under every name and keys it cannot read, in words, and leaves the stream alone", async () => {
  const machine = await TestMediaMachine.start();
  let connections = 0;
  const door = createServer(() => connections++);
  try {
    await new Promise<void>((resolve) => door.listen(0, resolve));
    const { port } = door.address() as AddressInfo;
    const token = (await signIn(machine.api, await makeUser(machine.api.deps.db, "admin"))).token;
    const stream = await machine.makeStream();
    const path = `/api/streams/${stream.id}/relays`;
    for (const host of [...hosts, metadata]) {
      const body = { name: host, url: `rtmp://${host}:${port}/live`, key: "key" };
      await call(machine.api, "POST", path, 201, { token, body });
    }
    const body = { name: "sealed elsewhere", url: "rtmp://relay.invalid/live", key: "key" };
    const { id } = (await call(machine.api, "POST", path, 201, { token, body })).body;
    const { db } = machine.api.deps;
    await db.update(relayRows).set({ sealedKey: "v1.of.another" }).where(eq(relayRows.id, id));
    const file = await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
    await machine.goLive(stream, () => machine.publish(file, stream.streamKey));
    const relays = await waitFor("all have failed", async () => {
      const { items } = (await call(machine.api, "GET", path, 200, { token })).body as { items: Relay[] };
      if (items.every(({ status }) => status === "failed")) return items;
      throw new Error(JSON.stringify(items));
    });
    expect(relays).toHaveLength(hosts.length + 2);
    for (const { name, error } of relays)
      expect(error, name).toMatch(
        name === "sealed elsewhere"
          ? /its key cannot be read any more.*enter it again/
          : /not a public address; RELAY_ALLOW_PRIVATE/,
      );
    expect(connections).toBe(0);
    expect((await machine.row(stream.id)).status).toBe("live");
  } finally {
    door.close();
    await machine.stop();
  }
}, 120_000);
