import { describe, expect, it } from "vitest";
import type { AudioConfiguration, VideoConfiguration } from "../ingest/source-reader.ts";
import { type LadderSource, planRungs, planSlots } from "./ladder-plan.ts";
import { plainSource } from "./plain-source.ts";

const plainAudio: AudioConfiguration = {
  codec: "aac",
  header: null,
  sampleRateHz: 48_000,
  channels: 2,
  plain: true,
};

function source(width: number, height: number, more: Partial<LadderSource> = {}): LadderSource {
  return { ...plainSource(width, height, { audio: plainAudio }), ...more };
}

function video(
  width: number,
  height: number,
  more: Partial<VideoConfiguration["parameters"]> = {},
): VideoConfiguration {
  const { video: plain } = plainSource(width, height);
  return { ...plain, parameters: { ...plain.parameters, ...more } };
}

const open = { copyAllowed: true, shedRungs: 0 };
const plan = (each: LadderSource, limits = open, first = each) =>
  planRungs(planSlots(first), each, limits).rungs.map(
    ({ slot, width, height, copied }) => `v${slot} ${width}x${height}${copied ? " copied" : ""}`,
  );

describe("the ladder", () => {
  it("copies 1080p and encodes three rungs below it", () => {
    expect(plan(source(1920, 1080))).toEqual([
      "v0 1920x1080 copied",
      "v1 1280x720",
      "v2 854x480",
      "v3 640x360",
    ]);
  });

  it.each([
    [1280, 720, ["v0 1280x720 copied", "v1 854x480", "v2 640x360"]],
    [640, 360, ["v0 640x360 copied"]],
    [320, 180, ["v0 320x180 copied"]],
    [1600, 900, ["v0 1600x900 copied", "v1 1280x720", "v2 854x480", "v3 640x360"]],
    [3840, 2160, ["v0 1920x1080", "v1 1280x720", "v2 854x480", "v3 640x360"]],
    [1080, 1920, ["v0 1080x1920 copied", "v1 720x1280", "v2 480x854", "v3 360x640"]],
    [2560, 1080, ["v0 2560x1080 copied", "v1 1706x720", "v2 1138x480", "v3 854x360"]],
    [1440, 1080, ["v0 1440x1080 copied", "v1 960x720", "v2 640x480", "v3 480x360"]],
    [854, 370, ["v0 854x370 copied"]],
    [1366, 768, ["v0 1366x768 copied", "v1 854x480", "v2 640x360"]],
  ])("never enlarges a source of %dx%d", (width, height, expected) => {
    expect(plan(source(width, height))).toEqual(expected);
  });

  it("has even sizes only, whatever the source's are", () => {
    for (let width = 640; width < 2000; width += 37)
      for (let height = 360; height < 1200; height += 41) {
        const { rungs } = planRungs(planSlots(source(width, height)), source(width, height), {
          copyAllowed: false,
          shedRungs: 0,
        });
        for (const rung of rungs)
          expect([rung.width! % 2, rung.height! % 2], `${width}x${height}`).toEqual([0, 0]);
      }
  });

  it.each([
    ["keyframes too far apart", source(1280, 720), { copyAllowed: false, shedRungs: 0 }],
    ["ten bits", source(0, 0, { video: video(1280, 720, { profile: 110, bitDepth: 10 }) }), open],
    ["4:4:4", source(0, 0, { video: video(1280, 720, { profile: 244, chromaFormat: 3 }) }), open],
    ["interlaced fields", source(0, 0, { video: video(1280, 720, { interlaced: true }) }), open],
  ])("encodes every rung of a source with %s", (_, each, limits) => {
    expect(plan(each, limits)).toEqual(["v0 1280x720", "v1 854x480", "v2 640x360"]);
  });

  it("makes square pixels of others", () => {
    const each = source(0, 0, { video: video(720, 576, { pixelAspect: 64 / 45, interlaced: true }) });
    expect(plan(each)[0]).toBe("v0 1024x576");
  });

  it("keeps its slots when the source comes back smaller or larger", () => {
    const first = source(1920, 1080);
    expect(plan(source(854, 480), open, first)).toEqual(["v2 854x480 copied", "v3 640x360"]);
    expect(plan(source(320, 180), open, first)).toEqual(["v3 320x180 copied"]);
    expect(plan(source(1920, 1080), open, source(1280, 720))).toEqual([
      "v0 1280x720",
      "v1 854x480",
      "v2 640x360",
    ]);
  });

  it("sheds the dearest encodes first and never the last rung", () => {
    const shed = (shedRungs: number) => plan(source(1920, 1080), { copyAllowed: true, shedRungs });
    expect(shed(1)).toEqual(["v0 1920x1080 copied", "v2 854x480", "v3 640x360"]);
    expect(shed(9)).toEqual(["v0 1920x1080 copied"]);
    expect(plan(source(1920, 1080), { copyAllowed: false, shedRungs: 9 })).toEqual(["v3 640x360"]);
  });

  it("plans what a budget allows, keeps a copy and the lowest rung longest, and names what it leaves out", () => {
    const within = (budget: number, limits: { copyAllowed: boolean; shedRungs: number }) =>
      planRungs(planSlots(source(1920, 1080)), source(1920, 1080), { ...limits, budget });
    const names = ({ rungs }: { rungs: readonly { name: string }[] }) =>
      rungs.map(({ name }) => name).join(" ");
    const whole = within(Number.POSITIVE_INFINITY, open);
    expect([names(whole), whole.leftOut]).toEqual(["1080p 720p 480p 360p", []]);
    expect(names(within(whole.cost, open))).toBe("1080p 720p 480p 360p");
    const smaller = within(whole.cost - 1, open);
    expect(names(smaller)).toBe("1080p 480p 360p");
    expect(smaller.leftOut).toEqual([{ name: "720p", reason: "no-room" }]);
    expect(smaller.cost).toBe(whole.cost - whole.nextSparing);
    const copyAlone = within(0, open);
    expect([names(copyAlone), copyAlone.cost, copyAlone.nextSparing]).toEqual(["1080p", whole.leastCost, 0]);
    const lowest = within(0, { copyAllowed: false, shedRungs: 1 });
    expect(names(lowest)).toBe("360p");
    expect(lowest.cost).toBe(lowest.leastCost);
    expect(lowest.leftOut).toEqual([
      { name: "1080p", reason: "too-slow" },
      { name: "720p", reason: "no-room" },
      { name: "480p", reason: "no-room" },
    ]);
  });

  it("prices a ladder by what it decodes and encodes, and a copy at next to nothing", () => {
    const cost = (copyAllowed: boolean, shedRungs: number) =>
      planRungs(planSlots(source(1920, 1080)), source(1920, 1080), { copyAllowed, shedRungs }).cost / 1e6;
    expect(cost(false, 0)).toBeCloseTo(134.1, 0);
    expect(cost(true, 0)).toBeCloseTo(73.1, 0);
    expect(cost(false, 3)).toBeCloseTo(31.8, 0);
    expect(cost(true, 3)).toBeCloseTo(1.2, 1);
  });

  it("copies the sound when it is what every rendition carries, and encodes any other", () => {
    const audio = (each: Partial<LadderSource>) =>
      planRungs(planSlots(source(640, 360)), source(640, 360, each), open).audio;
    expect(audio({ audio: plainAudio })).toBe("copy");
    expect(audio({ audio: null })).toBe("copy");
    expect(audio({ audio: { ...plainAudio, plain: false } })).toBe("encode");
  });

  it("has every slot for sound alone, and makes its black picture once, in the lowest", () => {
    const black = source(640, 360, { blank: true });
    expect(planSlots(black).map(({ name }) => name)).toEqual(["1080p", "720p", "480p", "360p"]);
    expect(plan(black)).toEqual(["v3 640x360 copied"]);
    expect(plan(source(1280, 720), open, black)).toEqual(["v1 1280x720 copied", "v2 854x480", "v3 640x360"]);
    expect(plan(black, open, source(320, 180))).toEqual(["v0 640x360 copied"]);
  });

  it("gives no rung more bits than the source has, and fast pictures more than slow ones", () => {
    const rates = (each: LadderSource) =>
      planRungs(planSlots(each), each, open).rungs.map(({ videoKbps }) => videoKbps);
    expect(rates(source(1920, 1080))).toEqual([5000, 2800, 1401, 800]);
    expect(rates(source(1920, 1080, { videoKbps: 1000 }))).toEqual([1000, 1000, 1000, 800]);
    expect(rates(source(1920, 1080, { frameRate: 60 }))[1]).toBe(4200);
  });

  it("encodes on a grid only where nothing is copied", () => {
    const grid = (copyAllowed: boolean, frameRate: number | null) =>
      planRungs(planSlots(source(640, 360)), source(640, 360, { frameRate }), { copyAllowed, shedRungs: 0 })
        .gridFrameRate;
    expect([grid(true, 30), grid(false, 30), grid(false, null), grid(false, 1), grid(false, 144)]).toEqual([
      null,
      30,
      30,
      10,
      60,
    ]);
  });
});
