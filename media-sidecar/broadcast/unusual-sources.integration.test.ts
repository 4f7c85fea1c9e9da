import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAmf0 } from "../ingest/amf0.ts";
import { type FlvTag, readFlv, TestPublisher } from "../ingest/rtmp-publisher.test-support.ts";
import { MediaBench, smallLadder, until } from "./broadcast.test-support.ts";
import type { Broadcast } from "./broadcast.ts";
import { aac, avc, gop, lengthOf, listOf, picture, tone } from "./published-input.test-support.ts";

let bench: MediaBench;
beforeAll(async () => {
  bench = await MediaBench.open();
}, 60_000);
afterAll(() => bench.close(), 60_000);

const segmentsOf = (broadcast: Broadcast) => listOf(broadcast, "v0").segments;
const hasSegments = (broadcast: Broadcast, count: number) =>
  until(`${count} segments`, () => segmentsOf(broadcast).length >= count);

describe.concurrent("a source", () => {
  it("with keyframes too far apart is encoded whole, with a warning for its encoder", async () => {
    const path = await bench.makeFlv(
      "rare",
      ...picture("320x180", 15, 60),
      ...tone(48_000, 60),
      ...avc(...gop(125)),
      ...aac,
    );
    const settings = bench.settings("rare", { ladder: smallLadder.slice(0, 2) });
    const broadcast = await bench.broadcast(settings);
    bench.publish("rare", path);
    await hasSegments(broadcast, 6);
    const report = await until("the warning", () =>
      settings.reports.find(({ warnings }) => /every 8\.3 s/.test(warnings[0]?.detail ?? "")),
    );
    expect(report.warnings).toEqual([
      {
        code: "keyframes-too-far-apart",
        detail: "Keyframes come every 8.3 s: set 2 s in OBS (Settings → Output → Keyframe interval)",
      },
    ]);
    expect(report.renditions.some(({ copied }) => copied)).toBe(false);
    for (const { seconds } of segmentsOf(broadcast)) expect(Math.round(seconds)).toBeLessThanOrEqual(2);
    process.kill(broadcast.ffmpegPid!, "SIGKILL");
    const known = segmentsOf(broadcast).length;
    await hasSegments(broadcast, known + 2);
    const segments = segmentsOf(broadcast);
    for (const [index, segment] of segments.slice(1).entries())
      expect(
        Math.abs(segment.at - segments[index]!.at - segments[index]!.seconds * 1000),
        `from segment ${index}`,
      ).toBeLessThan(100);
    await broadcast.remove();
  }, 120_000);

  it("that changes its parameters midway goes on behind a discontinuity, and decodes", async () => {
    const tagsOf = async (size: string) =>
      readFlv(
        await readFile(
          await bench.makeFlv(size, ...picture(size, 15, 6), ...tone(48_000, 6), ...avc(...gop(30)), ...aac),
        ),
      );
    const first = (await tagsOf("320x180")).filter(({ timestampMs }) => timestampMs < 5000);
    const later = (await tagsOf("240x136")).map(
      (tag): FlvTag => ({ ...tag, timestampMs: tag.timestampMs + 5000 }),
    );
    const settings = bench.settings("change");
    const broadcast = await bench.broadcast(settings);
    const publisher = await TestPublisher.publish(settings.rtmpUrl);
    await publisher.sendAll([...first, ...later], true);
    publisher.close();
    await until("both parts", () => lengthOf(segmentsOf(broadcast)) > 10.5);
    await broadcast.end();
    const segments = segmentsOf(broadcast);
    expect(segments.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
    const changed = segments.find(({ discontinuity }) => discontinuity)!;
    // 240x136 is not larger than the slots of 180 lines: it is copied there, and made smaller for the others.
    expect(changed.uri).toContain("/v0/");
    for (const slot of ["v0", "v1", "v2"]) expect(await bench.decodeErrors(broadcast, slot)).toBe("");
  }, 180_000);

  it.each([
    ["as some encoders number it", 9, Buffer.from([0x1c, 0, 0, 0, 0, 1])],
    [
      "by Enhanced RTMP",
      18,
      encodeAmf0(["@setDataFrame", "onMetaData", { width: 640, videocodecid: 0x68766331 }]),
    ],
  ])("of H.265 %s is refused with a reason", async (name, typeId, body) => {
    const settings = bench.settings(name.replaceAll(" ", ""));
    await bench.broadcast(settings);
    const publisher = await TestPublisher.publish(settings.rtmpUrl);
    publisher.send(typeId, 0, body);
    publisher.send(8, 0, Buffer.from([0xaf, 0, 0x11, 0x90]));
    publisher.send(8, 1, Buffer.from([0xaf, 1, 0x21, 0]));
    await until("a refusal", () => settings.refusals.length > 0);
    publisher.close();
    expect(settings.refusals).toEqual([expect.stringMatching(/H\.265: set H\.264/)]);
  });

  it("of 2x2 pixels is refused with a reason", async () => {
    const path = await bench.makeFlv("tiny", ...picture("2x2", 15, 5), ...avc(...gop(30)));
    const settings = bench.settings("tiny");
    const broadcast = await bench.broadcast(settings);
    bench.publish("tiny", path);
    await until("a refusal", () => settings.refusals.length > 0);
    expect(settings.refusals[0]).toMatch(/2x2: at least 16x16/);
    expect(broadcast.masterPlaylist()).toBeNull();
  });
});
