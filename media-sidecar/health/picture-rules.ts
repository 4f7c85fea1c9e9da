/** What is to be said of the picture: keyframes, frame rate, bitrate. Advice is worded as OBS names its settings. */
import { segmentPaces } from "../packager/segment-cuts.ts";
import { isDropping } from "./dropped-pictures.ts";
import { keyframeAdvice } from "./keyframe-advice.ts";
import type { HealthRule } from "./stream-condition.ts";
import { megabits, usualKbps } from "./wording.ts";

/** Facts are said at the first look and gone at the second without them; what swings has to swing for longer. */
const fact = { after: 1, calm: 2 };
const swing = { after: 2, calm: 3 };

const leastFrameRate = { bad: 20, good: 22 };
const mostFrameRate = 61;
const usualFrameRates = [23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60];
const unevenShare = { bad: 0.15, good: 0.05 };
/** Shares of what is usual for the picture's size and rate. */
const bitrateShare = { low: { bad: 0.3, good: 0.4 }, high: { bad: 2.5, good: 2 } };
/** Small pictures cost little, however much too much it is. */
const leastHighKbps = 3000;
const leastJudgedSide = 360;
/** The greatest to the least of the last minute. */
const bitrateSwing = { bad: 3, good: 2, leastIntervals: 4 };

export const pictureRules: readonly HealthRule[] = [
  {
    code: "keyframes-too-far-apart",
    ...fact,
    judge({ source, latencyMode }) {
      const interval = source?.keyframeIntervalSeconds ?? null;
      if (interval === null) return "unsure";
      const pace = segmentPaces[latencyMode];
      return interval <= pace.longestKeyframeSeconds ? "good" : { bad: keyframeAdvice(interval, pace) };
    },
  },
  {
    code: "b-frames-in-low-latency",
    ...fact,
    judge({ interval, latencyMode }) {
      if (interval === null || interval.pictures === 0) return "unsure";
      if (latencyMode !== "low" || !interval.reordered) return "good";
      return {
        bad: "B-frames hold the picture back: set Tune to zerolatency, or 0 B-frames, in OBS (Settings → Output)",
      };
    },
  },
  {
    code: "frame-rate-low",
    ...fact,
    judge({ source }) {
      const rate = source?.frameRate ?? null;
      if (rate === null || (rate >= leastFrameRate.bad && rate < leastFrameRate.good)) return "unsure";
      if (rate >= leastFrameRate.good) return "good";
      return { bad: `Only ${rateText(rate)} frames a second: set 25 or 30 in OBS (Settings → Video → FPS)` };
    },
  },
  {
    code: "frame-rate-odd",
    ...swing,
    judge({ source, interval }) {
      const rate = source?.frameRate ?? null;
      // Where frames are dropped, what is left is nobody's setting.
      if (rate === null || isDropping(interval)) return "unsure";
      if (rate > mostFrameRate)
        return {
          bad: `${rateText(rate)} frames a second cost more than viewers see: set 60 or 30 in OBS (Settings → Video → FPS)`,
        };
      const isUsual = usualFrameRates.some((usual) => Math.abs(usual - rate) <= usual * 0.01);
      // A low one is told of as low.
      if (isUsual || rate < leastFrameRate.bad) return "good";
      return {
        bad: `${rateText(rate)} frames a second are unusual, and move unevenly on most screens: set 25 or 30 in OBS (Settings → Video → FPS)`,
      };
    },
  },
  {
    code: "frame-rate-unsteady",
    ...swing,
    judge({ interval }) {
      if (interval === null || interval.pictures === 0) return "unsure";
      if (interval.unevenShare > unevenShare.bad)
        return {
          bad: "The time between frames varies: set a constant frame rate in the encoder (OBS does: Settings → Video → FPS)",
        };
      return interval.unevenShare < unevenShare.good ? "good" : "unsure";
    },
  },
  {
    code: "bitrate-too-low",
    ...swing,
    judge({ source, recentKbps }) {
      const { width, height, frameRate } = source ?? {};
      if (!width || !height || !frameRate || recentKbps.length === 0) return "unsure";
      const most = Math.max(...recentKbps);
      const usual = usualKbps(width, height, frameRate);
      if (Math.min(width, height) < leastJudgedSide || most > usual * bitrateShare.low.good) return "good";
      if (most > usual * bitrateShare.low.bad) return "unsure";
      return {
        bad: `${width}x${height} with ${megabits(most)} looks coarse where something moves: set about ${megabits(usual)} in OBS (Settings → Output → Bitrate), or a smaller picture`,
      };
    },
  },
  {
    code: "bitrate-too-high",
    ...swing,
    judge({ source, recentKbps }) {
      const { width, height, frameRate } = source ?? {};
      if (!width || !height || !frameRate || recentKbps.length === 0) return "unsure";
      const least = Math.min(...recentKbps.slice(-2));
      const usual = usualKbps(width, height, frameRate);
      if (least < Math.max(leastHighKbps, usual * bitrateShare.high.good)) return "good";
      if (least < Math.max(leastHighKbps, usual * bitrateShare.high.bad)) return "unsure";
      return {
        bad: `${megabits(least)} is more than many viewers' connections carry: set about ${megabits(usual)} in OBS (Settings → Output → Bitrate)`,
      };
    },
  },
  {
    code: "bitrate-unsteady",
    ...swing,
    judge({ source, recentKbps }) {
      const { width, height, frameRate } = source ?? {};
      if (!width || !height || !frameRate || recentKbps.length < bitrateSwing.leastIntervals) return "unsure";
      const [least, most] = [Math.min(...recentKbps), Math.max(...recentKbps)];
      // What never comes near to what such a picture may cost stalls nobody.
      const matters = most > usualKbps(width, height, frameRate) / 2;
      if (!matters || most < least * bitrateSwing.good) return "good";
      if (most < least * bitrateSwing.bad) return "unsure";
      return {
        bad: `The bitrate swings between ${megabits(least)} and ${megabits(most)}: set CBR in OBS (Settings → Output → Rate Control)`,
      };
    },
  },
];

function rateText(rate: number): string {
  return String(Math.round(rate * 100) / 100);
}
