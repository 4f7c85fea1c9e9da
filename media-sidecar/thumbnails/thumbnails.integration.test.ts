import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import type { SegmentAsPublished } from "../packager/segment-publisher.ts";
import { SegmentStore } from "../packager/segment-store.ts";
import { Thumbnails } from "./thumbnails.ts";

let directory: string;
let ended: Promise<void>;
const stopping: AbortController[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-thumbnails-"));
});
afterEach(async () => {
  for (const each of stopping.splice(0)) each.abort();
  await ended;
  await rm(directory, { recursive: true, force: true });
});

/** Stands for FFmpeg: writes down when it begins and ends, and makes a picture of what it is given, unless broken. */
async function standIn(): Promise<string> {
  const path = join(directory, "ffmpeg");
  const journal = join(directory, "journal");
  const picture = `[ -e ${join(directory, "broken")} ] && exit 1; head -c 5 >&3; cat >/dev/null`;
  await writeFile(path, `#!/bin/bash\necho begin >>${journal}; ${picture}; echo end >>${journal}\n`);
  await chmod(path, 0o755);
  return path;
}
const journal = () => readFile(join(directory, "journal"), "utf8").catch(() => "");
const pictures = () => readdir(join(directory, "thumbnails")).catch((): string[] => []);

/** A published segment of one rung, whose media is its name. */
async function published(name: string, sequence = 0): Promise<SegmentAsPublished> {
  const store = new SegmentStore(directory, `brd_${name}`);
  await store.prepare(1);
  await store.publishInit(0, 0, Buffer.from(name));
  const temporary = store.temporaryPath(0, 0, sequence);
  await writeFile(temporary, "media");
  await store.publishSegment(0, temporary, sequence);
  const rendition = { slot: 0, codecs: "", width: 0, height: 0, frameRate: null, declaredBitsPerSecond: 0 };
  return {
    slots: [],
    run: { run: 0, renditions: [rendition] },
    segment: { sequence, run: 0, durationSeconds: 2, startsAt: 0, bytes: [5], discontinuity: false },
    targetDuration: 2,
    store,
    again: false,
  };
}

interface Scene {
  running: string[];
  behind?: boolean;
  ffmpegPath: string;
}
function start(scene: Scene): { thumbnails: Thumbnails; said: string[] } {
  const said: string[] = [];
  const cancel = new AbortController();
  const thumbnails = new Thumbnails({
    mediaDirectory: directory,
    ffmpegPath: scene.ffmpegPath,
    log: createLog("test", (line) => said.push(line)),
    running: () => scene.running,
    isBehind: () => scene.behind === true,
  });
  stopping.push(cancel);
  ended = thumbnails.run(cancel.signal);
  return { thumbnails, said };
}

it("makes one picture at a time, of every stream", async () => {
  const scene: Scene = { running: ["pb_a", "pb_b", "pb_c"], ffmpegPath: await standIn() };
  const { thumbnails } = start(scene);
  for (const name of ["a", "b", "c"]) thumbnails.saw(`pb_${name}`, await published(name.repeat(5)));
  await waitFor("all pictures", async () => (await pictures()).length === 3);
  expect(await readFile(join(directory, "thumbnails/pb_b.jpg"), "utf8")).toBe("bbbbb");
  const lines = (await journal()).trim().split("\n");
  expect(lines).toEqual(lines.map((_, index) => (index % 2 === 0 ? "begin" : "end")));
  scene.running = ["pb_b"];
  await waitFor("those of streams that ended are gone", async () => (await pictures()).join() === "pb_b.jpg");
});

it("clears away what a former sidecar left", async () => {
  await mkdir(join(directory, "thumbnails"));
  for (const name of ["pb_old.jpg", "pb_a.making"])
    await writeFile(join(directory, "thumbnails", name), "old");
  start({ running: ["pb_a"], ffmpegPath: await standIn() });
  await waitFor("nothing is left", async () => (await pictures()).length === 0);
});

it("leaves encoders alone that are behind, and comes back when they are not", async () => {
  const scene: Scene = { running: ["pb_a"], behind: true, ffmpegPath: await standIn() };
  const { thumbnails } = start(scene);
  // What nobody knows goes with each turn, by which turns are counted.
  await mkdir(join(directory, "thumbnails"));
  thumbnails.saw("pb_a", await published("aaaaa"));
  for (const turn of [1, 2]) {
    await writeFile(join(directory, "thumbnails", `${turn}.jpg`), "");
    await waitFor("a turn", async () => (await pictures()).length === 0);
  }
  expect(await journal()).toBe("");
  scene.behind = false;
  await waitFor("the picture", async () => (await pictures()).includes("pb_a.jpg"));
});

it("lives with an FFmpeg that fails, segments that are gone and a disk that refuses", async () => {
  const scene: Scene = { running: ["pb_a", "pb_b"], ffmpegPath: await standIn() };
  await writeFile(join(directory, "broken"), "");
  const { thumbnails } = start(scene);
  thumbnails.saw("pb_a", await published("aaaaa"));
  await waitFor("it failed", async () => (await journal()).includes("begin"));
  await rm(join(directory, "broken"));
  const gone = await published("bbbbb");
  await rm(gone.store.segmentPath(0, 0));
  thumbnails.saw("pb_b", gone);
  const place = join(directory, "thumbnails");
  // As a disk does that is full or read-only, which root can write to all the same: no directory can be made there.
  await rm(place, { recursive: true, force: true });
  await writeFile(place, "");
  thumbnails.saw("pb_b", await published("bbbbb", 1));
  await waitFor("the disk refused", async () => (await journal()).includes("end"));
  await rm(place);
  scene.running = ["pb_c"];
  thumbnails.saw("pb_c", await published("ccccc"));
  await waitFor("the picture of the next", async () => (await pictures()).includes("pb_c.jpg"));
});
