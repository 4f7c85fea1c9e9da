import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { unlimitedShare } from "../admission/encoding-share.ts";
import { parseAvcConfiguration } from "../ingest/avc-configuration.ts";
import { tagTypes } from "../ingest/flv-tag.ts";
import { avcRecord } from "../ingest/source.test-support.ts";
import type { PricedPlan } from "../ladder/ladder-plan.ts";
import { segmentPaces } from "../packager/segment-cuts.ts";
import { SegmentPublisher } from "../packager/segment-publisher.ts";
import { syntheticFragment, syntheticInit } from "../recordings/movie/synthetic-media.test-support.ts";
import { smallLadder, until } from "./broadcast.test-support.ts";
import { LadderRunner } from "./ladder-runner.ts";
import { SourceBuffer } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

let directory: string;
let runner: LadderRunner;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-runner-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await runner.stop();
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A runner whose FFmpeg is a script, fed by hand. */
async function harness(name: string, script: string) {
  const ffmpegPath = join(directory, name);
  await writeFile(ffmpegPath, `#!/bin/bash\n${script}\n`);
  await chmod(ffmpegPath, 0o755);
  const buffer = new SourceBuffer();
  const plans: PricedPlan[] = [];
  const failings: boolean[] = [];
  const logged: string[] = [];
  const log = createLog("test", (line) => logged.push(line));
  const publisher = new SegmentPublisher(
    {
      mediaDirectory: directory,
      playbackId: `pb_${name}`,
      broadcastId: `brd_${name}`,
      prefix: `seg_${name}`,
      generation: 0,
      startedAt: 0,
      windowSeconds: 60,
      partTargetSeconds: null,
      log,
      onChange: () => {},
    },
    null,
  );
  runner = new LadderRunner({
    ffmpegPath,
    pace: segmentPaces.standard,
    latencyMode: "standard",
    ladder: smallLadder,
    buffer,
    publisher,
    share: unlimitedShare,
    log,
    onHeaders: () => {},
    onParts: () => {},
    onGroup: () => {},
    onPlan: (plan) => plans.push(plan),
    onKeyframesTooFar: () => {},
    onFailing: (failing) => failings.push(failing),
    onStuck: () => {},
    onNoRoom: () => {},
    frameRate: () => 30,
  });
  const record = avcRecord(320, 180);
  const epoch: SourceEpoch = {
    id: 0,
    video: { header: record, codec: "avc1.42c01e", parameters: parseAvcConfiguration(record) },
    audio: null,
    frameRate: 30,
    videoKbps: null,
    blank: false,
    closed: false,
    copyRefused: false,
  };
  const feed = (fromMs: number, toMs: number, bytes = 10) => {
    for (let at = fromMs; at < toMs; at += 100)
      buffer.push({
        epoch,
        type: tagTypes.video,
        dtsMs: at,
        ptsMs: at,
        keyframe: at % 2000 === 0,
        body: Buffer.alloc(bytes),
      });
    runner.pump();
  };
  const rungs = () => plans.map(({ rungs }) => rungs.map(({ name: rung }) => rung).join(" "));
  const leftOut = () => plans.map((plan) => plan.leftOut);
  return { buffer, epoch, feed, rungs, leftOut, failings, logged };
}

describe("the ladder runner", () => {
  it("sheds a rung and goes on from the newest keyframe when the machine cannot keep up", async () => {
    const { buffer, feed, rungs, leftOut } = await harness("slow", "exec sleep 100");
    feed(0, 24_000);
    await until("the first run", () => rungs().length === 1);
    expect(leftOut()).toEqual([[]]);
    feed(24_000, 26_100);
    await until("the second run", () => rungs().length === 2);
    expect(rungs()).toEqual(["180p 120p 90p", "180p 90p"]);
    expect(leftOut()[1]).toEqual([{ name: "120p", reason: "too-slow" }]);
    expect(buffer.spanMs).toBeLessThan(2000);
  });

  it("holds a bounded number of bytes, even of a source faster than any link", async () => {
    const { buffer, feed, rungs } = await harness("flood", "exec sleep 100");
    feed(0, 100);
    await until("the first run", () => rungs().length === 1);
    for (let at = 100; at < 20_000; at += 500) {
      feed(at, at + 500, 1024 * 1024);
      expect(buffer.bytes).toBeLessThan(128 * 1024 * 1024);
    }
  });

  it("tries again with a growing pause, and leaves out a place that fails each time", async () => {
    const counter = join(directory, "tries");
    const { buffer, feed, logged, failings } = await harness(
      "crashing",
      `echo x >> ${counter}; echo no >&2; exit 1`,
    );
    feed(0, 5000);
    await until("three tries", async () => (await readFile(counter, "utf8").catch(() => "")).length >= 6);
    await until("leaving out", () => logged.some((line) => line.includes("ladder.left-out")));
    expect(buffer.spanMs).toBeLessThan(2000);
    expect(failings).toEqual([true]);
    expect(logged.find((line) => line.includes("ladder.failed"))).toContain("exit code 1: no");
  });

  it("does not start a process for every frame of a source that changes with every frame", async () => {
    const starts = join(directory, "starts");
    const { buffer, epoch } = await harness("restless", `echo x >> ${starts}; exec cat > /dev/null`);
    for (let id = 1; id <= 100; id++) {
      const own = { ...epoch, id, closed: true };
      const body = Buffer.alloc(10);
      buffer.push({ epoch: own, type: tagTypes.video, dtsMs: id, ptsMs: id, keyframe: true, body });
    }
    const begun = Date.now();
    runner.pump();
    await until("a few starts", async () => (await readFile(starts, "utf8").catch(() => "")).length >= 8);
    expect(Date.now() - begun).toBeGreaterThan(800);
  });

  it("begins again when FFmpeg dies, though the clock was put back", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { feed, rungs } = await harness("yesterday", "exit 1");
    feed(0, 3000);
    await until("the first run", () => rungs().length === 1);
    vi.setSystemTime(Date.now() - 3_600_000);
    await until("the second run", () => rungs().length > 1);
  });

  it("leaves nothing that still writes when it is stopped, so that its folder can be removed", async () => {
    const media = join(directory, "media.mp4");
    await writeFile(media, Buffer.concat([syntheticInit, syntheticFragment(0, 1), syntheticFragment(1, 1)]));
    // Opening a pipe takes until its other end is opened: a disk as slow as this test wants it.
    const slowFile = join(directory, "segments/brd_writing/v0/0-0.tmp");
    const sent = join(directory, "sent");
    const script = `mkfifo ${slowFile}; cat ${media} >&3; echo x > ${sent}; exec sleep 100`;
    const { feed, rungs } = await harness("writing", script);
    feed(0, 3000);
    await until("the first run", () => rungs().length === 1);
    await until("media", () => readFile(sent, "utf8").catch(() => null));
    const pid = runner.pid!;
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await until("FFmpeg's end", () => !existsSync(`/proc/${pid}`));
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    await readFile(slowFile);
    await stopping;
  });

  it("gives up a source that has ended and cannot be made", async () => {
    const { epoch, feed } = await harness("hopeless", "exit 1");
    feed(0, 3000);
    epoch.closed = true;
    runner.pump();
    await runner.idle();
  });
});
