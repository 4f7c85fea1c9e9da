import { afterAll, beforeAll, expect, it } from "vitest";
import { mediaNodes } from "../../edge/db/schema/streams-tables.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

/** Keyframes so rare that every rung has to be encoded: 8.0 million samples a second for both, 3.9 for the lower one. */
const source = { ...small, width: 854, height: 480, framesPerSecond: 10, duration: 16, keyframeInterval: 8 };
/** Four fifths of it are promised: room for one stream whole, or for two at their smallest, and not for three. */
const encodingCapacity = 12_500_000;

let machine: TestMediaMachine;
let file: string;
beforeAll(async () => {
  file = await testMedia(source);
  machine = await TestMediaMachine.start({ encodingCapacity });
});
afterAll(() => machine.stop());

const renditionsOf = async ({ id }: TestStream) =>
  ((await machine.row(id)).renditions ?? []).map(({ name }) => name);

async function liveWith(stream: TestStream, renditions: readonly string[]): Promise<void> {
  await waitFor(`${stream.id} is live with ${renditions.join(" ")}`, async () => {
    const { status, warnings, lastError } = await machine.row(stream.id);
    const seen = await renditionsOf(stream);
    if (status !== "live" || seen.join() !== renditions.join())
      throw new Error(`${status} with ${seen.join(" ")}: ${lastError} ${JSON.stringify(warnings)}`);
    return true;
  });
}

it("streams share what the machine encodes: each keeps its lowest rendition, and who does not fit is told why", async () => {
  const [first, second, third] = [
    await machine.makeStream(),
    await machine.makeStream(),
    await machine.makeStream(),
  ];
  machine.publish(file, first.streamKey);
  await liveWith(first, ["480p", "360p"]);
  machine.publish(file, second.streamKey);
  await liveWith(second, ["360p"]);
  await liveWith(first, ["360p"]);
  for (const stream of [first, second]) {
    const { warnings } = await machine.row(stream.id);
    expect(warnings).toContainEqual({
      code: "machine-full",
      detail: expect.stringMatching(/busy with other streams: 480p is not made now/) as string,
    });
    await waitFor(`480p is said to be shed of ${stream.id}`, async () => {
      const { shed } = await machine.row(stream.id);
      return shed.some(({ name, reason }) => name === "480p" && reason.includes("no room"));
    });
    // The slot is still there, and shows the lower one.
    const { text } = await machine.watch(`${stream.playbackId}/v0.m3u8`);
    expect(text).toMatch(/\/v1\/\d+\.m4s\n/);
  }

  const { ended } = machine.publish(file, third.streamKey);
  await machine.until(third, "ended");
  expect((await ended).code).not.toBe(0);
  expect((await machine.row(third.id)).lastError).toMatch(/no room for another stream that it must encode/);
  // What it would need is known now: it is refused at once.
  const again = await machine.publish(file, third.streamKey).ended;
  expect(again.code).not.toBe(0);
  await waitFor("the refusal", () => machine.printed().includes('"reason":"machine-full"'));
  // The edge forgets the last reason with each publisher that asks, and is told of the next one a moment later.
  await waitFor("the reason", async () => /no room/.test((await machine.row(third.id)).lastError ?? ""));
  await liveWith(first, ["360p"]);

  const { capacity } = await waitFor("the node's capacity", async () => {
    const [node] = await machine.api.deps.db.select().from(mediaNodes);
    return node?.capacity ? node : null;
  });
  expect(capacity).toMatchObject({ encoder: "libx264", samplesPerSecond: encodingCapacity });
  expect(capacity!.promised).toBeLessThanOrEqual(encodingCapacity * 0.8);
  expect(capacity!.freeBytes).toBeGreaterThan(0);
}, 120_000);
