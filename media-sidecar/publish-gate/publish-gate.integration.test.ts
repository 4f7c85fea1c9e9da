import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { regenerateStreamKey } from "../../edge/api/streams/stream-changes.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine } from "../test-media-machine.ts";

let machine: TestMediaMachine;
let file: string;
beforeAll(async () => {
  file = await testMedia(small);
  machine = await TestMediaMachine.start();
});
afterAll(() => machine.stop());

/** How the last refusal in the sidecar's log reads; taken from its lines after `from` characters. */
const refusals = (from: number) =>
  machine
    .printed()
    .slice(from)
    .split("\n")
    .filter((line) => line.includes('"publish.refused"'))
    .map((line) => JSON.parse(line) as { reason: string });

async function refused(name: string): Promise<{ reason: string }> {
  const from = machine.printed().length;
  const publisher = machine.publish(file, name);
  const refusal = await waitFor(`a refusal of ${name.slice(0, 80)}`, () => refusals(from)[0]);
  // FFmpeg ends by itself when it is cut: an error, and nothing published.
  const { code } = await publisher.ended;
  expect(code).not.toBe(0);
  return refusal;
}

describe("a publisher is refused", () => {
  it("whose key no stream has", async () => {
    expect((await refused("sk_0123456789abcdefghijklmnopqrstuv")).reason).toBe("unknown-key");
  });

  it("whose key was replaced, and not the one with the new key's first letters", async () => {
    const stream = await machine.makeStream();
    const next = await regenerateStreamKey(machine.api.deps.db, stream.id);
    expect((await refused(stream.streamKey)).reason).toBe("unknown-key");
    expect((await refused(next.slice(0, -1))).reason).toBe("unknown-key");
  });

  it.each([
    ["empty", ""],
    ["a playback id", "pb_0123456789abcdefghijkl"],
    ["4 KiB long", "a".repeat(4096)],
    ["made of ? and &", "sk_a?b&c=d&name=e"],
  ])("whose key is %s", async (_, name) => {
    expect((await refused(name)).reason).toMatch(/malformed-key|ambiguous/);
  });

  it("whose good key has 4 KiB behind it, or parameters that repeat nginx's", async () => {
    const { streamKey } = await machine.makeStream();
    expect((await refused(streamKey + "a".repeat(4096))).reason).toBe("malformed-key");
    expect((await refused(`${streamKey}?name=${streamKey}`)).reason).toBe("ambiguous");
    expect((await refused(`${streamKey}&x=y`)).reason).toBe("malformed-key");
  });

  it("while the edge is away, at once", async () => {
    const { streamKey } = await machine.makeStream();
    await machine.edgeAway();
    const { reason } = await refused(streamKey);
    await machine.edgeBack();
    expect(reason).toBe("edge-away");
  });

  it("while the sidecar is away", async () => {
    const { streamKey } = await machine.makeStream();
    await machine.stopProcess("sidecar");
    const { code } = await machine.publish(file, streamKey).ended;
    await machine.startProcess("sidecar");
    expect(code).not.toBe(0);
  });
});
