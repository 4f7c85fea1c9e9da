import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { recordings } from "../../edge/db/schema/aftermath-tables.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine } from "../test-media-machine.ts";

let machine: TestMediaMachine;
beforeAll(async () => {
  // More than any disk has.
  machine = await TestMediaMachine.start({ freeSpaceMinMegabytes: 999_999_999 });
});
afterAll(() => machine.stop());

it("records nothing where there is no room, says so on the stream, and lets the live stream go on", async () => {
  const file = await testMedia({ ...small, width: 320, height: 180 });
  const stream = await machine.makeStream({ record: true });
  machine.publish(file, stream.streamKey);
  await machine.until(stream, "live");
  await waitFor("the warning", async () => {
    const { warnings } = await machine.row(stream.id);
    return warnings.some(({ code }) => code === "recording-stopped");
  });
  const length = async () =>
    (await machine.watch(`${stream.playbackId}/v0.m3u8`)).text.match(/#EXTINF/g)?.length ?? 0;
  const before = await length();
  await waitFor("the live stream goes on", async () => (await length()) > before + 1);
  const rows = await machine.api.deps.db.select().from(recordings).where(eq(recordings.streamId, stream.id));
  expect(rows).toEqual([]);
});
