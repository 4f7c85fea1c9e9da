import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFaults } from "../../testing/hls/fault.ts";
import { mediaPlaylistFaults } from "../../testing/hls/media-playlist-rules.ts";
import type { FlvTag } from "../ingest/rtmp-publisher.test-support.ts";
import { packageFlv } from "./unpaced-ladder.test-support.ts";

const run = promisify(execFile);
/** Of RTMP's times: a rate like 29.97 is never even in it. */
const millisecond = 1;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-ladder-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Seven seconds with a keyframe about every second, B-frames, and sound. */
async function makeFlv(rate: string): Promise<string> {
  const path = join(directory, `${rate.replace("/", "-")}.flv`);
  const [frames = 1, seconds = 1] = rate.split("/").map(Number);
  await run("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=s=320x180:r=${rate}:d=7`],
    ...["-f", "lavfi", "-i", "sine=440:r=48000:d=7", "-c:v", "libx264", "-preset", "ultrafast"],
    ...["-pix_fmt", "yuv420p", "-sc_threshold", "0", "-b:v", "300k", "-bf", "3"],
    ...["-g", String(Math.floor(frames / seconds)), "-c:a", "aac", "-ac", "2", "-b:a", "48k", path],
  ]);
  return path;
}

function expectNoFaults(playlists: readonly string[]): void {
  expect(playlists.length).toBeGreaterThan(10);
  for (const text of new Set(playlists)) expect(describeFaults(mediaPlaylistFaults(text)), text).toBe("");
}

describe.each(["30000/2002", "15", "24000/1001", "25", "30000/1001", "30"])(
  "a source at %s frames a second",
  (rate) => {
    let path: string;
    beforeAll(async () => {
      path = await makeFlv(rate);
    });

    it.each([
      ["standard", 3],
      ["low", 6],
    ] as const)(
      "in %s mode has segments that begin with the same picture in every rung",
      async (mode, least) => {
        const { starts, playlists, logged } = await packageFlv(
          directory,
          `${mode}-${rate.replace("/", "-")}`,
          path,
          mode,
        );
        expect(starts.length, logged.join("\n")).toBeGreaterThanOrEqual(least);
        for (const [segment, [copied = 0, ...encoded]] of starts.entries()) {
          expect(encoded).toHaveLength(2);
          for (const start of encoded)
            expect(Math.abs(start - copied), `segment ${segment}: ${copied}, ${encoded}`).toBeLessThanOrEqual(
              millisecond,
            );
        }
        expectNoFaults(playlists);
      },
    );
  },
);

describe("parts keep to PART-TARGET, and add up to their segments", () => {
  const isPicture = ({ typeId, body }: FlvTag) => typeId === 9 && body[1] === 1;
  const framesPerSecond = 15;
  const places = Array.from({ length: framesPerSecond }, (_, place) => place);
  let path: string;
  beforeAll(async () => {
    path = await makeFlv(String(framesPerSecond));
  });

  it("when a source breaks off at any place of a second", async () => {
    for (const place of places) {
      const { playlists } = await packageFlv(directory, `break-${place}`, path, "low", (tags) =>
        tags.slice(0, tags.indexOf(tags.filter(isPicture)[2 * framesPerSecond + place]!)),
      );
      expectNoFaults(playlists);
    }
  });

  it("when a source loses a picture at any place of a second, but for a keyframe", async () => {
    for (const shift of [0, 5, 10]) {
      const { playlists, logged } = await packageFlv(directory, `loss-${shift}`, path, "low", (tags) => {
        const pictures = tags.filter(isPicture);
        const lost = new Set(
          places
            .slice(shift || 1, shift + 5)
            .map((place, second) => pictures[(second + 1) * framesPerSecond + place]),
        );
        return tags.filter((tag) => !lost.has(tag));
      });
      expect(logged.join()).not.toContain("keyframes");
      expectNoFaults(playlists);
    }
  });
});
