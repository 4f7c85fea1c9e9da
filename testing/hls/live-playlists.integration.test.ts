import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endStream } from "../../edge/api/streams/stream-changes.ts";
import { TestMediaMachine, type TestStream } from "../../media-sidecar/test-media-machine.ts";
import { laddersOf } from "../bench/processor-time.ts";
import type { Publisher } from "../support/publisher.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { describeFaults } from "./fault.ts";
import { mediaFaults, timestampFaults } from "./media-rules.ts";
import { PlaylistClient } from "./playlist-client.ts";
import { PlaylistWatch } from "./playlist-watch.ts";

const anyone = { timeoutSeconds: 60 };

/** Two rungs, the upper one copied where the mode allows it. */
const source = { ...small, width: 854, height: 480 };

describe.each([
  { latencyMode: "standard" as const, keyframeInterval: 2, copied: true },
  { latencyMode: "low" as const, keyframeInterval: 1, copied: true },
  { latencyMode: "low" as const, keyframeInterval: 2, copied: false },
])(
  "playlists in $latencyMode mode, the source's keyframes $keyframeInterval s apart",
  // Above the sum of what a test waits for.
  { timeout: 240_000 },
  ({ latencyMode, keyframeInterval, copied }) => {
    let machine: TestMediaMachine;
    let stream: TestStream;
    let publisher: Publisher;
    let client: PlaylistClient;
    let watch: PlaylistWatch;
    let file: string;

    beforeAll(async () => {
      machine = await TestMediaMachine.start({});
      stream = await machine.makeStream({ latencyMode, reconnectWindowSeconds: 60 });
      file = await testMedia({ ...source, keyframeInterval });
      client = new PlaylistClient(
        `http://127.0.0.1:${machine.settings.httpPort}/hls/${stream.playbackId}/master.m3u8`,
      );
      publisher = machine.publish(file, stream.streamKey);
      watch = await waitFor("the first playlist", () => PlaylistWatch.begin(client), {
        ...anyone,
        everyMilliseconds: 20,
      });
    });
    afterAll(async () => {
      await watch?.finish();
      await machine?.stop();
    });

    const segments = (count: number) =>
      waitFor(`${count} segments`, () => watch.all((playlist) => playlist.segments.length >= count), anyone);
    const newest = () => watch.last(watch.uris[0]!)!;

    async function expectNoFaults(): Promise<void> {
      const rungs = [];
      for (const uri of watch.uris) {
        const { faults, times } = await mediaFaults(client, await client.media(uri));
        expect(describeFaults(faults), uri).toBe("");
        rungs.push(times);
      }
      expect(describeFaults(timestampFaults(rungs))).toBe("");
      expect(watch.faults()).toBe("");
    }

    it("keep every rule from the first segment on", async () => {
      await segments(latencyMode === "low" ? 9 : 5);
      expect(watch.uris).toHaveLength(2);
      const row = await machine.row(stream.id);
      expect(
        row.renditions?.some((rendition) => rendition.copied),
        JSON.stringify(row.renditions),
      ).toBe(copied);
      await expectNoFaults();
      // Only what nothing was published beside can be compared.
      if (latencyMode === "low") await waitFor("a merged update", () => watch.merges > 0, anyone);
    });

    if (latencyMode === "low")
      it("answer the absurd at once, and a player that knows no parts", async () => {
        const [uri = ""] = watch.uris;
        const { sequence } = newest().segments.at(-1)!;
        for (const query of [
          "?_HLS_part=0",
          "?_HLS_msn=x",
          `?_HLS_msn=${sequence + 20}`,
          // Not of the next segment: when that is whole, a part behind its last is the first of the one after it.
          `?_HLS_msn=${sequence + 2}&_HLS_part=90`,
        ])
          expect(await client.status(uri, query), query).toBe(400);
        expect(await client.status(uri, "?_HLS_msn=0&_HLS_part=7&_HLS_skip=v2")).toBe(200);
        expect((await client.media(uri)).segments.every(({ seconds }) => seconds < 1.2)).toBe(true);
      });

    if (latencyMode === "low")
      it("promise a part whose request is answered with it", async () => {
        const [uri = ""] = watch.uris;
        const hint = await waitFor("a hint", async () => {
          const playlist = await client.media(uri, `?_HLS_msn=${newest().mediaSequence}`);
          return playlist.hints[0]?.get("URI")?.text;
        });
        const bytes = await client.bytes(hint);
        await waitFor("it is listed", () => newest().text.includes(`URI="${hint}"`), {
          everyMilliseconds: 10,
        });
        expect(bytes.equals(await client.bytes(hint))).toBe(true);
        await expect(client.bytes(hint.replace(/\d+-\d+\.m4s/, "999-0.m4s"))).rejects.toThrow("404");
      });

    it("keep every rule across a discontinuity in the middle of a segment", async () => {
      const last = newest().segments.at(-1)!.sequence;
      const [encoder] = laddersOf(machine.pidOf("sidecar"));
      process.kill(encoder!, "SIGKILL");
      await waitFor(
        "a discontinuity, and three segments behind it",
        () =>
          watch.all(({ segments }) => {
            const at = segments.findIndex(({ sequence, discontinuity }) => sequence > last && discontinuity);
            return at >= 0 && segments.length > at + 3;
          }),
        anyone,
      );
      await expectNoFaults();
    });

    it("keep every rule while the encoder is away, and when it is back", async () => {
      await publisher.kill();
      await machine.until(stream, "reconnecting");
      await waitFor(
        "nothing is promised any more",
        () => watch.all(({ hints }) => hints.length === 0),
        anyone,
      );
      const [uri = ""] = watch.uris;
      if (latencyMode === "low")
        await waitFor("an answer to those who wait all the same", async () => {
          const { sequence } = newest().segments.at(-1)!;
          const status = await client.status(uri, `?_HLS_msn=${sequence + 1}`);
          if (status !== 503)
            throw new Error(`${status} for ${sequence + 1} of\n${newest().text.slice(-400)}`);
          return true;
        });
      const last = newest().segments.at(-1)!;
      expect(await client.status(uri, "")).toBe(200);
      publisher = machine.publish(file, stream.streamKey);
      // What the encoder sent before it went may still be in the making.
      const breaks = () =>
        newest().segments.filter(({ sequence, discontinuity }) => sequence > last.sequence && discontinuity);
      await waitFor(
        "it goes on",
        () => newest().segments.at(-1)!.sequence >= (breaks()[0]?.sequence ?? Number.POSITIVE_INFINITY) + 3,
        anyone,
      );
      expect(breaks()[0]!.discontinuitySequence).toBe(last.discontinuitySequence + 1);
      // One that does not keep up begins anew with another ladder, and says so.
      if (!/ladder\.(changed|overload)/.test(machine.printed())) expect(breaks()).toHaveLength(1);
      await expectNoFaults();
    });

    it("keep every rule across a restart of the sidecar", async () => {
      const before = newest().segments.at(-1)!.sequence;
      await machine.killAndRestart("sidecar");
      await waitFor("it goes on", () => newest().segments.at(-1)!.sequence >= before + 5, anyone);
      await expectNoFaults();
    });

    it("end", async () => {
      await publisher.stop();
      await machine.until(stream, "reconnecting");
      await endStream(machine.api.deps.db, stream.id, new Date());
      await waitFor("the end of every playlist", () => watch.all(({ ended }) => ended), anyone);
      await expectNoFaults();
      expect(await watch.finish()).toBe("");
      expect(watch.looks).toBeGreaterThan(20);
    });
  },
);
