/** Real encoders, good and bad, through a whole media machine: samples, warnings, pictures and figures of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { broadcasts, streamSamples } from "../../edge/db/schema/aftermath-tables.ts";
import { freePort } from "../../testing/support/free-port.ts";
import { makeOnce } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });
const lookSeconds = 2;
let machine: TestMediaMachine;
let good: string;
let bad: string;
/** Published to well, from the beginning to the end. */
let steady: TestStream;
beforeAll(async () => {
  [good, bad] = [await healthy(), await troubled()];
  machine = await TestMediaMachine.start({ healthEverySeconds: lookSeconds, metricsPort: await freePort() });
  steady = await machine.makeStream();
  await machine.goLive(steady, () => machine.publish(good, steady.streamKey));
});
afterAll(() => machine.stop());

const picture = (...filters: string[]) => [
  ...["-f", "lavfi", "-i", ["testsrc2=size=320x180:rate=30", ...filters].join(",")],
];
const tone = (rate: number) => ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=${rate}`];
const encoded = (seconds: number, keyframeFrames: number, ...more: string[]) => [
  ...["-t", String(seconds), "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "ultrafast"],
  ...["-pix_fmt", "yuv420p", "-g", String(keyframeFrames), "-keyint_min", "1", "-sc_threshold", "0", ...more],
];

/** As anyone would wish it: 30 frames a second, a keyframe a second, no B-frames, 48 kHz stereo. */
const healthy = () =>
  makeOnce("healthy.flv", [
    ...[...picture(), ...tone(48_000), ...encoded(30, 30, "-bf", "0")],
    ...["-c:a", "aac", "-b:a", "96k", "-ac", "2", "-f", "flv"],
  ]);
/** One frame in ten is missing, keyframes every three seconds, B-frames, 44.1 kHz mono. */
const troubled = () =>
  makeOnce("troubled.flv", [
    ...[...picture("select='not(eq(mod(n\\,10)\\,7))'"), ...tone(44_100), ...encoded(30, 81, "-bf", "2")],
    ...["-c:a", "aac", "-b:a", "48k", "-ac", "1", "-f", "flv"],
  ]);

const codesOf = async ({ id }: TestStream) => (await machine.row(id)).warnings.map(({ code }) => code);
const samplesOf = ({ id }: TestStream) =>
  machine.api.deps.db
    .select()
    .from(streamSamples)
    .where(eq(streamSamples.streamId, id))
    .orderBy(asc(streamSamples.at));

/** By an FFmpeg that stands back behind everybody else. */
const untilMade = { timeoutSeconds: 90 };
const thumbnailOf = ({ playbackId }: TestStream) =>
  `http://127.0.0.1:${machine.settings.httpPort}/hls/${playbackId}/thumbnail.jpg`;
const picturesOnDisk = () =>
  readdir(join(machine.settings.mediaDirectory, "thumbnails")).catch((): string[] => []);
async function metrics(): Promise<string> {
  const { metricsPort, internalApiKey } = machine.settings;
  const headers = { authorization: `Bearer ${internalApiKey}` };
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}
/** Of this machine's streams together. */
const waitingSamples = async () =>
  Number(/^rostrum_media_reports_waiting\{about="samples"\} (\d+)$/m.exec(await metrics())?.[1]);

// Side by side: they mostly wait for media that arrives in real time.
describe.concurrent("a stream's health", () => {
  it("is told to its encoder in words, and is taken back when the encoder is set right", async () => {
    const stream = await machine.makeStream({ latencyMode: "low" });
    const { publisher } = await machine.goLive(stream, () => machine.publish(bad, stream.streamKey));
    const expected = [
      "keyframes-too-far-apart",
      "b-frames-in-low-latency",
      "sound-rate-odd",
      "sound-channels-odd",
      "frames-dropped",
    ];
    await waitFor(
      "what is wrong",
      async () => {
        const codes = await codesOf(stream);
        if (!expected.every((code) => codes.includes(code))) throw new Error(codes.join(", "));
        return true;
      },
      { timeoutSeconds: 60 },
    );
    const words = (await machine.row(stream.id)).warnings.map(({ detail }) => detail).join("\n");
    expect(words).toMatch(
      /^Keyframes come every 3(?:\.\d)? s: set 1 s in OBS \(Settings → Output → Keyframe interval\)$/m,
    );
    expect(words).toMatch(/^\d+ % of the frames do not arrive: /m);
    expect(words).toMatch(/^The sound comes with 44\.1 kHz /m);

    await publisher.stop();
    await machine.until(stream, "reconnecting");
    machine.publish(good, stream.streamKey);
    await machine.until(stream, "live");
    const known = (await samplesOf(stream)).length;
    await waitFor(
      "the second encoder was looked at",
      async () => (await samplesOf(stream)).length > known + 2,
    );
    expect((await codesOf(stream)).filter((code) => expected.includes(code))).toEqual([]);
    const told = await waitFor("the return is counted", async () => {
      const rows = await machine.api.deps.db
        .select()
        .from(broadcasts)
        .where(eq(broadcasts.streamId, stream.id));
      return rows[0]?.reconnects === 1 && rows[0];
    });
    expect(told.streamId).toBe(stream.id);
  });

  it("is sampled as its encoder sends, a picture of it is shown to whoever may watch, and operators see figures", async () => {
    const stream = steady;
    const { broadcastId } = await machine.until(stream, "live");
    const samples = await waitFor("three samples of whole intervals", async () => {
      const rows = await samplesOf(stream);
      return rows.length >= 4 && rows.slice(1, 4);
    });
    for (const { sample, broadcastId: of } of samples) {
      expect(of).toBe(broadcastId);
      expect(sample).toMatchObject({ keyframeIntervalSeconds: 1, renditions: 1, encodingSpeed: null });
      expect(sample.bitrateKbps).toBeGreaterThan(100);
      expect(sample.backlogSeconds).toBe(0);
    }
    const picture = await waitFor(
      "the picture",
      async () => {
        const answer = await fetch(thumbnailOf(stream));
        const bytes = Buffer.from(await answer.arrayBuffer());
        return answer.status === 200 && { type: answer.headers.get("content-type"), bytes };
      },
      untilMade,
    );
    expect(picture.type).toBe("image/jpeg");
    // A JPEG's first and last markers (ITU T.81, B.1.1.3).
    const { bytes } = picture;
    expect([bytes.readUInt16BE(0), bytes.readUInt16BE(bytes.length - 2)]).toEqual([0xffd8, 0xffd9]);

    const text = await metrics();
    expect(text).toContain('rostrum_media_publishes_total{outcome="allowed"}');
    expect(text).toMatch(
      new RegExp(`^rostrum_media_source_bits_per_second\\{stream="${stream.id}"\\} \\d{5,}`, "m"),
    );
    expect(text).toMatch(/^rostrum_media_disk_free_bytes \d+/m);
    const { sidecarPort, metricsPort } = machine.settings;
    const stranger = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(stranger.status, await stranger.text()).toBe(401);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/health`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${sidecarPort}/metrics`)).status).toBe(200);
    for (const secret of [stream.streamKey, stream.playbackId, machine.settings.internalApiKey])
      expect(text).not.toContain(secret);
  });

  it("has no picture for strangers while it is private, and none for anyone when it is over", async () => {
    const stream = await machine.makeStream({ sessionId: null, reconnectWindowSeconds: 0 });
    const { publisher } = await machine.goLive(stream, () => machine.publish(good, stream.streamKey));
    const isOnDisk = async () => (await picturesOnDisk()).includes(`${stream.playbackId}.jpg`);
    await waitFor("the picture is made", isOnDisk, untilMade);
    const refused = await fetch(thumbnailOf(stream));
    expect(refused.status, await refused.text()).toBe(404);
    await publisher.stop();
    await machine.until(stream, "ended");
    await waitFor("the picture is gone", async () => !(await isOnDisk()));
  });
});

it("is told to the edge later where the edge is away, every sample once", async () => {
  const stream = steady;
  await waitFor("a sample", async () => (await samplesOf(stream)).length > 0);
  await machine.edgeAway();
  const awayAt = new Date();
  // Other streams are looked at, too: what waits grows with each look, by one for each of them.
  const seen = { waiting: await waitingSamples(), looks: 0 };
  await waitFor("three looks", async () => {
    const waiting = await waitingSamples();
    if (waiting > seen.waiting) seen.looks++;
    seen.waiting = waiting;
    return seen.looks >= 3;
  });
  const backAt = new Date();
  await machine.edgeBack();
  const kept = await waitFor("what was kept", async () => {
    const rows = await samplesOf(stream);
    return rows.at(-1)!.at > backAt && rows.filter(({ at }) => at > awayAt && at < backAt);
  });
  expect(kept.length).toBeGreaterThanOrEqual(3);
  await waitFor("nothing waits", async () => (await waitingSamples()) === 0);
});
