import { describe, expect, it } from "vitest";
import { blackConfiguration } from "../ingest/black-picture.ts";
import { tagTypes } from "../ingest/flv-tag.ts";
import { SourceBuffer } from "./source-buffer.ts";
import type { SourceEpoch } from "./source-epoch.ts";

const epoch = (id: number): SourceEpoch => ({
  id,
  video: blackConfiguration,
  blank: true,
  audio: null,
  frameRate: null,
  videoKbps: null,
  closed: false,
  copyRefused: false,
});
const one = epoch(1);
const two = epoch(2);

/** A keyframe every 1000 ms, a frame every 250 ms. */
function fill(buffer: SourceBuffer, of: SourceEpoch, fromMs: number, toMs: number): void {
  for (let at = fromMs; at < toMs; at += 250)
    buffer.push({
      epoch: of,
      type: tagTypes.video,
      dtsMs: at,
      ptsMs: at,
      keyframe: at % 1000 === 0,
      body: Buffer.alloc(10),
    });
}

function walk(buffer: SourceBuffer): number[] {
  const times: number[] = [];
  for (let tag = buffer.next(); tag !== null; tag = buffer.next()) {
    times.push(tag.dtsMs);
    buffer.advance();
  }
  return times;
}

describe("skipping what players have parts of", () => {
  it("goes on at the first keyframe behind it, or at the next epoch", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 3000);
    buffer.skipTo(one, 1330);
    expect(buffer.next()?.dtsMs).toBe(2000);
    fill(buffer, two, 5000, 6000);
    buffer.skipTo(one, 2900);
    expect(buffer.next()).toMatchObject({ epoch: two, dtsMs: 5000 });
  });

  it("waits for a keyframe that has not come yet", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 2000);
    buffer.skipTo(one, 1330);
    expect(buffer.next()).toBeNull();
    fill(buffer, one, 2000, 3000);
    expect(walk(buffer)).toEqual([2000, 2250, 2500, 2750]);
  });
});

describe("the source buffer", () => {
  it("is walked once, and again from the last published boundary after a rewind", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 3000);
    expect(walk(buffer)).toHaveLength(12);
    buffer.release(one, 2000);
    expect(walk(buffer)).toEqual([]);
    buffer.rewind();
    expect(walk(buffer)).toEqual([2000, 2250, 2500, 2750]);
    expect(buffer.bytes).toBe(40);
  });

  it("keeps the keyframe before a boundary that is not one", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 3000);
    walk(buffer);
    buffer.release(one, 1700);
    expect(buffer.spanMs).toBe(1750);
    expect(buffer.unpublishedMs).toBe(1050);
  });

  it("never releases what was not fed, nor another epoch", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 1000);
    fill(buffer, two, 1000, 2000);
    buffer.release(one, 5000);
    expect(buffer.next()?.dtsMs).toBe(0);
    buffer.releaseEpoch(one);
    expect(walk(buffer)).toEqual([1000, 1250, 1500, 1750]);
  });

  it("skips to the newest keyframe, or waits for the next when it has none", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 2500);
    expect(buffer.skipToNewest()).toBe(2000);
    expect(buffer.next()?.dtsMs).toBe(2000);
    expect(buffer.skipToNewest()).toBe(250);
    fill(buffer, one, 2500, 3500);
    expect(walk(buffer)).toEqual([3000, 3250]);
  });

  it("begins at the next keyframe after it gave up the way back", () => {
    const buffer = new SourceBuffer();
    fill(buffer, one, 0, 1500);
    walk(buffer);
    buffer.forgetFed();
    fill(buffer, one, 1500, 2500);
    expect(walk(buffer)[0]).toBe(1500);
    buffer.rewind();
    expect(walk(buffer)).toEqual([2000, 2250]);
  });
});
