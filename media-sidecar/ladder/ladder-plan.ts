/** Which renditions a broadcast has, and which of them a given source gets. Values in, values out. */
import type { AudioConfiguration, VideoConfiguration } from "../ingest/source-reader.ts";
import { ladderCost } from "./ladder-cost.ts";

/** A step of the ladder as configured. */
export interface LadderStep {
  /** The picture's shorter side, so that an upright 1080x1920 is "1080p" as well. */
  readonly shortSide: number;
  /** Ceiling of the video's rate for 16:9 at up to 30 frames a second. */
  readonly videoKbps: number;
}

export const standardLadder: readonly LadderStep[] = [
  { shortSide: 1080, videoKbps: 5000 },
  { shortSide: 720, videoKbps: 2800 },
  { shortSide: 480, videoKbps: 1400 },
  { shortSide: 360, videoKbps: 800 },
];

/** A rendition as players know it: fixed for the broadcast's life, because they keep the master they parsed. */
export interface Slot {
  readonly name: string;
  readonly shortSide: number;
  readonly videoKbps: number;
}

/** One rendition that a run of the ladder makes. */
export interface Rung {
  readonly slot: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Ceiling of an encoded rung; of a copied one, what its encoder promised, or the ladder's own figure. */
  readonly videoKbps: number;
  readonly copied: boolean;
}

export interface LadderPlan {
  readonly rungs: readonly Rung[];
  readonly audio: "copy" | "encode";
  /** The picture is black, and nobody's. */
  readonly blank?: boolean;
  readonly interlaced: boolean;
  /** Frames a second where every rung is encoded on a grid; null where they keep the source's own times. */
  readonly gridFrameRate: number | null;
}

/** A rendition that is not made now, and what made the machine leave it out. */
export interface LeftOutRung {
  readonly name: string;
  /** too-slow: the encoders fell behind with it; no-room: other streams were promised what it would cost. */
  readonly reason: "too-slow" | "no-room";
}

/** A plan with its price, in luma samples a second. */
export interface PricedPlan extends LadderPlan {
  readonly cost: number;
  /** Of the smallest plan that this source can have: its copy alone, or its lowest rung. */
  readonly leastCost: number;
  /** What leaving out one more rung would spare; 0 where there is none to leave out. */
  readonly nextSparing: number;
  /** Top first. */
  readonly leftOut: readonly LeftOutRung[];
}

export interface LadderSource {
  readonly video: VideoConfiguration;
  /** The picture is black, put in for sound alone: it says nothing about the picture that may come. */
  readonly blank?: boolean;
  /** Null: silence is put in, which is plain AAC. */
  readonly audio: AudioConfiguration | null;
  readonly frameRate: number | null;
  readonly videoKbps: number | null;
}

export interface LadderLimits {
  /** False once keyframes came too far apart. */
  readonly copyAllowed: boolean;
  /** How many rungs this machine has proved too slow for. */
  readonly shedRungs: number;
  /** What the plan may cost, in luma samples a second; without it, anything. */
  readonly budget?: number;
}

export const audioKbps = 128;
/** Boxes and their headers, beside the media itself. */
const containerFactor = 1.05;
/** A lower step this close to the source is not worth an encode. */
const closestStep = 0.9;
/** Baseline, Main and High: what every browser decodes. */
const commonProfiles = new Set([66, 77, 100]);
const fastFrameRate = 33;
const fastFrameFactor = 1.5;
const usualFrameRate = 30;

/**
 * The slots of a broadcast, top first, from the source of its first publish. No slot is larger than that source; a
 * broadcast that begins as sound alone has them all, for players never learn of another.
 */
export function planSlots(source: LadderSource, ladder: readonly LadderStep[] = standardLadder): Slot[] {
  const { width, height } = displaySize(source.video);
  const top = ladder[0]!;
  const topSide = source.blank ? top.shortSide : Math.min(width, height, top.shortSide);
  const sides = [
    topSide,
    ...ladder.map((step) => step.shortSide).filter((side) => side < topSide * closestStep),
  ];
  return sides.map((shortSide) => ({
    name: `${shortSide}p`,
    shortSide,
    videoKbps: ladderKbps(shortSide, ladder),
  }));
}

/** The ladder's rate for a side between its steps: by area, from the nearest step above. */
function ladderKbps(shortSide: number, ladder: readonly LadderStep[]): number {
  const above = [...ladder].reverse().find((step) => step.shortSide >= shortSide) ?? ladder[0]!;
  return above.videoKbps * Math.min(1, (shortSide / above.shortSide) ** 2);
}

/** What a rendition of this ceiling is declared with, sound and container included. */
export function declaredBitsPerSecond(videoKbps: number): number {
  return Math.round((videoKbps + audioKbps) * 1000 * containerFactor);
}

/**
 * The rungs to make of this source, top first. Slots that are not smaller than the source would all be the source
 * again: it is made once, in the lowest of them. Slots without a rung are shown as the next lower one. A black picture
 * is made once, in the lowest of all, whatever that one's size.
 *
 * Where not all can be made, the dearest encode goes first, since it costs more than all below it together: so a copied
 * top and the lowest rung, which phones on bad networks need, stay longest. One rung always stays, whatever it costs.
 */
export function planRungs(slots: readonly Slot[], source: LadderSource, limits: LadderLimits): PricedPlan {
  const audio = source.audio === null || source.audio.plain ? "copy" : "encode";
  const { width, height, interlaced } = source.video.parameters;
  const price = (rungs: readonly Rung[]) =>
    ladderCost(rungs, { width, height, frameRate: source.frameRate ?? usualFrameRate });
  const all = allRungs(slots, source, limits);
  let kept = shed(all, limits.shedRungs);
  const leftOut = all.filter((rung) => !kept.includes(rung)).map(({ name }) => leave(name, "too-slow"));
  for (let next = shed(kept, 1); next.length < kept.length; next = shed(kept, 1)) {
    if (price(kept) <= (limits.budget ?? Number.POSITIVE_INFINITY)) break;
    const gone = kept.find((rung) => !next.includes(rung))!;
    leftOut.push(leave(gone.name, "no-room"));
    kept = next;
  }
  const cost = price(kept);
  return {
    rungs: kept,
    audio,
    ...(source.blank ? { blank: true } : {}),
    interlaced: !source.blank && interlaced,
    gridFrameRate: kept.some((rung) => rung.copied) ? null : gridFrameRate(source.frameRate),
    cost,
    leastCost: price(shed(all, all.length)),
    nextSparing: cost - price(shed(kept, 1)),
    leftOut,
  };
}

function leave(name: string, reason: LeftOutRung["reason"]): LeftOutRung {
  return { name, reason };
}

function allRungs(slots: readonly Slot[], source: LadderSource, limits: LadderLimits): Rung[] {
  const lowest = slots.length - 1;
  if (source.blank) return [planRung(slots[lowest]!, lowest, source, true)];
  const size = displaySize(source.video);
  const side = Math.min(size.width, size.height);
  const fitting = slots.findLastIndex((slot) => slot.shortSide >= side);
  const copies = limits.copyAllowed && fitting >= 0 && isCopyable(source.video);
  const first = Math.max(0, fitting);
  return slots
    .slice(first)
    .map((slot, index) => planRung(slot, first + index, source, copies && first + index === fitting));
}

function planRung(slot: Slot, index: number, source: LadderSource, copied: boolean): Rung {
  const { video } = source;
  if (copied) {
    const { width, height } = video.parameters;
    const videoKbps = source.videoKbps ?? slot.videoKbps;
    return { slot: index, name: slot.name, width, height, videoKbps, copied };
  }
  const display = displaySize(video);
  const scale = Math.min(1, slot.shortSide / Math.min(display.width, display.height));
  const width = even(display.width * scale);
  const height = even(display.height * scale);
  const shape = (width * height) / (slot.shortSide ** 2 * (16 / 9));
  const speed = (source.frameRate ?? usualFrameRate) > fastFrameRate ? fastFrameFactor : 1;
  const wanted = slot.videoKbps * Math.max(0.25, shape) * speed;
  // More bits than the source has would only keep its faults.
  const videoKbps = Math.round(Math.max(50, Math.min(wanted, source.videoKbps ?? wanted)));
  return { slot: index, name: slot.name, width, height, videoKbps, copied };
}

/** Without the `count` dearest encodes; one rung always stays. */
function shed(rungs: readonly Rung[], count: number): Rung[] {
  const kept = [...rungs];
  for (let done = 0; done < count && kept.length > 1; done++)
    kept.splice(
      kept.findIndex((rung) => !rung.copied),
      1,
    );
  return kept;
}

function isCopyable(video: VideoConfiguration): boolean {
  const { profile, chromaFormat, bitDepth, interlaced } = video.parameters;
  return commonProfiles.has(profile) && chromaFormat === 1 && bitDepth === 8 && !interlaced;
}

/** With square pixels. */
function displaySize(video: VideoConfiguration): { width: number; height: number } {
  const { width, height, pixelAspect } = video.parameters;
  return { width: Math.round(width * pixelAspect), height };
}

/** x264 takes 4:2:0 in even sizes only. */
function even(value: number): number {
  return Math.max(16, 2 * Math.round(value / 2));
}

/** Never below 10, so that a segment can always end near its time; broadcast rates are kept exact. */
function gridFrameRate(frameRate: number | null): number {
  if (frameRate === null) return usualFrameRate;
  return Math.min(60, Math.max(10, frameRate));
}
