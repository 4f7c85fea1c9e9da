import type { Page } from "playwright-core";
import { clockBits, tickMs } from "./clock-source.ts";

export interface PictureReading {
  /** Seconds from the frame's making to the screen, of each frame that was shown. */
  delays: number[];
  /** Times the video stood still for lack of media, and for how many seconds altogether. */
  stalls: number;
  stalledSeconds: number;
}

/** Reads the clock of every frame that the page's video shows, for so many seconds. */
export async function readPictureClock(page: Page, seconds: number): Promise<PictureReading> {
  // tsx keeps functions' names by a call that only its own modules know.
  await page.evaluate("globalThis.__name ??= (named) => named");
  return page.evaluate(
    async ({ seconds, bits, tickMs }) => {
      const video = document.querySelector("video")!;
      const canvas = document.createElement("canvas");
      canvas.width = bits * 8;
      canvas.height = 80;
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      const reading = { delays: [] as number[], stalls: 0, stalledSeconds: 0 };
      let stoodSince: number | null = null;
      const stand = () => {
        reading.stalls++;
        stoodSince ??= performance.now();
      };
      const move = () => {
        if (stoodSince !== null) reading.stalledSeconds += (performance.now() - stoodSince) / 1000;
        stoodSince = null;
      };
      video.addEventListener("waiting", stand);
      video.addEventListener("playing", move);
      const until = performance.now() + seconds * 1000;
      await new Promise<void>((resolve) => {
        const look = () => {
          // The blocks are the topmost tenth; the middle of each is read.
          context.drawImage(video, 0, 0, canvas.width, canvas.height);
          const { data } = context.getImageData(0, 4, canvas.width, 1);
          const now = Date.now();
          let ticks = 0;
          for (let bit = bits - 1; bit >= 0; bit--) {
            const isSet = data[(bit * 8 + 4) * 4]! > 128 ? 1 : 0;
            const above = bit === bits - 1 ? 0 : (ticks >> (bit + 1)) & 1;
            ticks |= (isSet ^ above) << bit;
          }
          const wrap = 2 ** bits;
          const delay = (((Math.floor(now / tickMs) - ticks) % wrap) + wrap) % wrap;
          if (video.readyState >= 2 && !video.paused) reading.delays.push((delay * tickMs) / 1000);
          if (performance.now() > until) resolve();
          else video.requestVideoFrameCallback(look);
        };
        video.requestVideoFrameCallback(look);
        // A video that never moves again calls back never again.
        setTimeout(resolve, seconds * 1000 + 5_000);
      });
      move();
      video.removeEventListener("waiting", stand);
      video.removeEventListener("playing", move);
      return reading;
    },
    { seconds, bits: clockBits, tickMs },
  );
}

/** The value below which so much of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
