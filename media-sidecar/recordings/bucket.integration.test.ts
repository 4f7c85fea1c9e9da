import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { Bucket, NotVerified } from "./bucket.ts";
import { Recording } from "./recording.ts";
import { RecordingMedia } from "./recording-media.ts";
import { RecordingUploads } from "./recording-uploads.ts";

/** A real S3-compatible server, and one in front of it that may refuse, be silent, or lie. */
let directory: string;
let store: S3rver;
let front: Server;
let behaviour: "honest" | "refuses" | "silent" | "lies" | "slow" = "honest";
let bucket: Bucket;
/** Loses patience soon. */
let hasty: Bucket;
let large: { path: string; data: Buffer };
const signal = new AbortController().signal;
const partBytes = 5 * 1024 * 1024;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-bucket-"));
  store = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory,
    configureBuckets: [{ name: "recordings", configs: [] }],
  });
  const { port } = (await store.run()) as AddressInfo;
  front = createServer((incoming, outgoing) => {
    if (behaviour === "refuses") {
      outgoing.writeHead(403).end();
      return;
    }
    if (behaviour === "silent") return;
    const { method, url, headers } = incoming;
    const answerMs = behaviour === "slow" ? 300 : 0;
    const passed = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      const lie = behaviour === "lies" && answer.headers.etag ? { etag: `"${"0".repeat(32)}"` } : {};
      outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...lie });
      setTimeout(() => answer.pipe(outgoing), answerMs);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const settings = {
    endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    region: "us-east-1",
    bucket: "recordings",
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
    prefix: "kept/",
  };
  bucket = new Bucket(settings, { partBytes, silenceMs: 20_000 });
  hasty = new Bucket(settings, { partBytes, silenceMs: 500 });
  large = { path: join(directory, "large.mp4"), data: randomBytes(2 * partBytes + 12_345) };
  await writeFile(large.path, large.data);
});
afterEach(() => {
  behaviour = "honest";
});
afterAll(async () => {
  bucket.close();
  hasty.close();
  front.closeAllConnections();
  front.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** As the store has it on its disk. */
const stored = (key: string) => readFile(join(directory, "recordings", "kept", `${key}._S3rver_object`));

it("copies a file in parts and a small one at once, and finds both as they were", async () => {
  await bucket.upload(large.path, "a/large.mp4", "video/mp4", signal);
  const small = join(directory, "small.jpg");
  await writeFile(small, "a picture");
  await bucket.upload(small, "a/small.jpg", "image/jpeg", signal);
  expect((await stored("a/large.mp4")).equals(large.data)).toBe(true);
  expect((await stored("a/small.jpg")).toString()).toBe("a picture");
});

it("does not believe a store that answers another checksum", async () => {
  behaviour = "lies";
  await expect(bucket.upload(large.path, "b", "video/mp4", signal)).rejects.toBeInstanceOf(NotVerified);
});

it("says so when the store refuses", async () => {
  behaviour = "refuses";
  await expect(bucket.upload(large.path, "c", "video/mp4", signal)).rejects.toThrow();
});

it("does not wait for ever for a store that says nothing", async () => {
  behaviour = "silent";
  await expect(hasty.upload(large.path, "d", "video/mp4", signal)).rejects.toThrow();
});

it("copies at the pace of a store that is slow", async () => {
  behaviour = "slow";
  await bucket.upload(large.path, "slow/large.mp4", "video/mp4", signal);
  expect((await stored("slow/large.mp4")).equals(large.data)).toBe(true);
});

/** One that is finished, with one file. */
async function finished(name: string): Promise<{ recording: Recording; path: string }> {
  const media = RecordingMedia.create(directory, `pb_${name}`, "all");
  await mkdir(media.directory, { recursive: true });
  const path = join(media.directory, "recording.mp4");
  await writeFile(path, large.data);
  const file = {
    name: "recording.mp4",
    durationSeconds: 1,
    sizeBytes: large.data.length,
    width: 1,
    height: 1,
  };
  const recording = new Recording(media, {
    ...{
      recordingId: `rec_${name}`,
      streamId: "str_a",
      broadcastId: `brd_${name}`,
      playbackId: `pb_${name}`,
    },
    ...{ status: "ready", endedAt: "2027-04-01T08:00:00.000Z", files: [file], poster: null, upload: null },
    ...{ thumbnails: null, error: null, revision: 1, visibility: "private", playbackGeneration: 0 },
  });
  return { recording, path };
}
const uploadsTo = (to: Bucket) =>
  new RecordingUploads(
    to,
    directory,
    createLog("test", () => {}),
    { firstSeconds: 0.05, mostSeconds: 0.1 },
  );

it("tries again until the copy is verified, and keeps the local one until then and after", async () => {
  behaviour = "lies";
  const { recording, path } = await finished("again");
  const uploads = uploadsTo(bucket);
  uploads.add(recording);
  await waitFor("a failure", async () => recording.record.upload === "failed");
  expect(recording.record.error).toMatch(/tried again/);
  behaviour = "honest";
  await waitFor("the copy", async () => recording.record.upload === "done");
  expect(recording.record.error).toBeNull();
  expect((await stored("str_a/rec_again/recording.mp4")).equals(large.data)).toBe(true);
  expect((await stat(path)).size).toBe(large.data.length);
  await uploads.stop();
});

it("ends at once when the recording is deleted while it is uploaded, and leaves no copy", async () => {
  behaviour = "silent";
  const { recording } = await finished("deleted");
  const uploads = uploadsTo(bucket);
  uploads.add(recording);
  await waitFor("it is uploaded", () => recording.record.upload === "uploading");
  recording.deleted.abort(new Error("the recording was deleted"));
  behaviour = "honest";
  await uploads.remove(recording);
  expect(recording.record.upload).not.toBe("done");
  await isRemoved("deleted");
  await uploads.stop();
});

it("lets nobody who deletes a recording wait for the upload of another one", async () => {
  behaviour = "silent";
  const [first, second] = [(await finished("first")).recording, (await finished("second")).recording];
  const uploads = uploadsTo(bucket);
  uploads.add(first);
  uploads.add(second);
  await waitFor("the first is uploaded", () => first.record.upload === "uploading");
  second.deleted.abort(new Error("the recording was deleted"));
  await uploads.remove(second);
  expect([first.record.upload, second.record.upload]).toEqual(["uploading", "waiting"]);
  behaviour = "honest";
  first.deleted.abort(new Error("the recording was deleted"));
  await uploads.remove(first);
  for (const name of ["first", "second"]) await isRemoved(name);
  await uploads.stop();
});

it("removes the copy of a deleted recording, however often the store refuses, and over a restart", async () => {
  const { recording } = await finished("unwanted");
  const uploads = uploadsTo(bucket);
  uploads.add(recording);
  await waitFor("the copy", () => recording.record.upload === "done");
  behaviour = "refuses";
  recording.deleted.abort(new Error("the recording was deleted"));
  await uploads.remove(recording);
  await uploads.stop();
  expect((await stored("str_a/rec_unwanted/recording.mp4")).length).toBe(large.data.length);
  const next = uploadsTo(bucket);
  await next.restore();
  behaviour = "honest";
  await isRemoved("unwanted");
  await next.stop();
});

/** There is neither a copy nor a note that one is to go. */
const isRemoved = (name: string) =>
  waitFor(`the copy of ${name} is gone`, async () => {
    const copy = await stored(`str_a/rec_${name}/recording.mp4`).catch(() => null);
    const notes = await readdir(join(directory, "bucket-removals")).catch(() => []);
    return copy === null && notes.length === 0;
  });
