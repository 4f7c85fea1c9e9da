import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFlv, TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { MediaBench } from "./broadcast.test-support.ts";
import {
  aac,
  avc,
  discontinuities,
  everyTwoSeconds,
  expectSound,
  outcome,
  picture,
  seconds,
  tone,
  twoRungs,
} from "./published-input.test-support.ts";

let bench: MediaBench;
beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(() => bench.close(), 60_000);

describe.concurrent("an encoder whose clock", () => {
  const half = (seconds * 1000) / 2;
  it.each([
    [
      "wraps at 32 bits goes on as if nothing had happened",
      (at: number) => (at + 2 ** 32 - half) % 2 ** 32,
      0,
    ],
    [
      "wraps at 31 bits, as FFmpeg's does, goes on behind a discontinuity",
      (at: number) => (at + 2 ** 31 - half) % 2 ** 31,
      1,
    ],
    [
      "jumps an hour ahead goes on behind a discontinuity",
      (at: number) => (at < half ? at : at + 3_600_000),
      1,
    ],
    [
      "jumps back to zero goes on behind a discontinuity",
      (at: number) => (at < half ? at + 50_000 : at - half),
      1,
    ],
    [
      "stutters back by half a second goes on as if nothing had happened",
      (at: number) => (at < half ? at : at - 500),
      0,
    ],
  ])(
    "%s",
    async (name, clock, breaks) => {
      const path = await bench.makeFlv(
        name.replaceAll(/\W/g, ""),
        ...picture(),
        ...tone(),
        ...avc(...everyTwoSeconds),
        ...aac,
      );
      const settings = bench.settings(name.replaceAll(/\W/g, ""), { ladder: twoRungs });
      const broadcast = await bench.broadcast(settings);
      const publisher = await TestPublisher.publish(settings.rtmpUrl);
      await publisher.sendAll(readFlv(await readFile(path)), true, clock);
      publisher.close();
      broadcast.publisherGone();
      const made = await outcome(bench, broadcast, settings.reports);
      await expectSound(made);
      expect(discontinuities(made)).toBe(breaks);
      expect(made.length).toBeGreaterThan(seconds - 2.5);
      expect(made.length).toBeLessThan(seconds + 0.6);
    },
    180_000,
  );
});
