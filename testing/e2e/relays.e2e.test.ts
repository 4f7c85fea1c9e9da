import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Relay } from "../../edge/protocol/relays.ts";
import { RelayDestination } from "../../media-sidecar/relays/relay-destination.test-support.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type ProcessName, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";

const run = promisify(execFile);
const keys = ["first-very-secret", "second-very-secret"] as const;

/** A whole copy whose stream goes to two destinations; its parts die one after the other. */
describe("a stream that is relayed to two places", () => {
  let rostrum: Rostrum;
  let destination: RelayDestination;
  let publisher: Publisher;
  let path: string;
  let publishAgain: () => Publisher;

  beforeAll(async () => {
    destination = await RelayDestination.make(...keys);
    await destination.start();
    rostrum = await startRostrum({ environment: { RELAY_ALLOW_PRIVATE: "true" } });
    const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 120 });
    path = `/api/streams/${stream.id}/relays`;
    for (const key of keys) {
      await rostrum.admin.call("POST", path, { name: key.split("-")[0], url: destination.url, key });
    }
    const file = await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
    publishAgain = () => publish(file, `${rostrum.ingestUrl}/${streamKey}`);
    publisher = publishAgain();
  });
  afterAll(async () => {
    await publisher?.stop();
    await rostrum?.remove();
    await destination?.remove();
  });

  async function relays(): Promise<Relay[]> {
    return (await rostrum.admin.call<{ items: Relay[] }>("GET", path)).items;
  }
  async function bothArrive(): Promise<void> {
    const before = await destination.arriving();
    await waitFor(
      "both destinations get pictures",
      async () => {
        const now = await destination.arriving();
        return keys.every((key) => now.has(key) && now.get(key) !== before.get(key));
      },
      { timeoutSeconds: 60 },
    );
  }
  const bothLive = () =>
    waitFor(
      "both are said to be live",
      async () => {
        const seen = await relays();
        if (seen.every(({ status }) => status === "live")) return seen;
        throw new Error(JSON.stringify(seen));
      },
      { timeoutSeconds: 60 },
    );

  it("arrives at both, and its keys stand in no process list, no output and no file", async () => {
    await bothArrive();
    await bothLive();
    const { stdout: processes } = await run("ps", ["axeww"], { maxBuffer: 64 * 1024 * 1024 });
    // Files that vanish meanwhile are none to look into; finding nothing is an error to grep.
    const found = await run("grep", ["-rslF", "very-secret", rostrum.dataDirectory]).catch((error) => error);
    expect(found.stdout).toBe("");
    expect(processes).not.toContain("very-secret");
    expect(rostrum.output()).not.toContain("very-secret");
    expect(JSON.stringify(await relays())).not.toContain("very-secret");
  });

  it.each<ProcessName>(["sidecar", "nginx-rtmp"])("arrives again after %s was killed", async (name) => {
    const before = new Set((await bothLive()).map(({ liveSince }) => liveSince));
    const from = performance.now();
    await rostrum.killAndAwaitReturn(name);
    if (name === "nginx-rtmp") {
      // With it the encoder's connection has died.
      await publisher.ended;
      const isBack = async () => {
        if (!publisher.running) publisher = publishAgain();
        return (await destination.arriving()).size === keys.length;
      };
      await waitFor("the encoder is let in again", isBack, { timeoutSeconds: 60, everyMilliseconds: 500 });
    }
    await waitFor(
      "both are live anew",
      async () => (await bothLive()).every(({ liveSince }) => !before.has(liveSince)),
      { timeoutSeconds: 60 },
    );
    await bothArrive();
    process.stdout.write(
      `relays: ${name} killed: live after ${((performance.now() - from) / 1000).toFixed(1)} s\n`,
    );
  });

  it("goes on without a gap while the API is away", async () => {
    const before = (await bothLive()).map(({ liveSince }) => liveSince);
    await rostrum.killAndAwaitReturn("api");
    await bothArrive();
    const after = await waitFor("the API answers", bothLive, { timeoutSeconds: 60 });
    expect(after.map(({ liveSince }) => liveSince)).toEqual(before);
  });
});
