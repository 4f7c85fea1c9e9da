import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, it } from "vitest";
import { endStream } from "../../edge/api/streams/stream-changes.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine } from "../test-media-machine.ts";

let machine: TestMediaMachine;
let file: string;
beforeAll(async () => {
  file = await testMedia({ ...small, width: 320, height: 180 });
  machine = await TestMediaMachine.start({ keepEndedSeconds: 3 });
});
afterAll(() => machine.stop());

/** What lies in the media directory's folders, which stay. */
async function kept(): Promise<string[]> {
  const folders = ["segments", "journals", "streams"].map((folder) =>
    join(machine.settings.mediaDirectory, folder),
  );
  return (await Promise.all(folders.map((folder) => readdir(folder)))).flat();
}

it("an ended broadcast can be watched to its end for a while; then nothing of it is left", async () => {
  const stream = await machine.makeStream();
  await machine.goLive(stream, () => machine.publish(file, stream.streamKey));
  // A file that is written anew has another beside it for a moment.
  await waitFor("segments, the link to them, journal and record", async () => (await kept()).length === 4);
  await endStream(machine.api.deps.db, stream.id, new Date());
  const playlist = () => machine.watch(`${stream.playbackId}/v0.m3u8`);
  await waitFor("the end in the playlist", async () => (await playlist()).text.includes("#EXT-X-ENDLIST"));
  await waitFor("it is gone", async () => (await playlist()).status === 404);
  await waitFor("no file is left", async () => (await kept()).length === 0);
});

it("media that belongs to no broadcast is removed at the sidecar's start", async () => {
  const { mediaDirectory } = machine.settings;
  await machine.stopProcess("sidecar");
  await mkdir(join(mediaDirectory, "segments/brd_forgotten/v0"), { recursive: true });
  await writeFile(join(mediaDirectory, "segments/brd_forgotten/v0/1.m4s"), "x");
  await symlink("brd_forgotten", join(mediaDirectory, "segments/seg_forgotten"));
  await writeFile(join(mediaDirectory, "journals/brd_forgotten.jsonl"), "{}\n");
  await writeFile(join(mediaDirectory, "streams/brd_damaged.json"), "{");
  await machine.startProcess("sidecar");
  await waitFor("no file is left", async () => (await kept()).length === 0);
});
