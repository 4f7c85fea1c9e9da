import { afterAll, afterEach, beforeAll } from "vitest";
import type { Publisher } from "../../testing/support/publisher.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

/**
 * A machine for the tests of the suite this is called in, and a small source that is published to it. Publishers last
 * as long as the machine; where tests run one after the other, as long as their test.
 */
export function mediaScene({ oneByOne = false } = {}) {
  let machine: TestMediaMachine;
  let file: string;
  const publishers: Publisher[] = [];
  beforeAll(async () => {
    file = await testMedia({ ...small, width: 320, height: 180 });
    machine = await TestMediaMachine.start();
  });
  if (oneByOne)
    afterEach(async () => {
      await Promise.all(publishers.splice(0).map((publisher) => publisher.kill()));
    });
  afterAll(() => machine.stop());

  const publish = (stream: TestStream, streamKey = stream.streamKey): Publisher => {
    const publisher = machine.publish(file, streamKey);
    publishers.push(publisher);
    return publisher;
  };
  const topPlaylist = async ({ playbackId }: TestStream) =>
    (await machine.watch(`${playbackId}/v0.m3u8`)).text;
  return {
    machine: () => machine,
    publish,
    topPlaylist,
    async live(more: Parameters<typeof machine.makeStream>[0] = {}) {
      const stream = await machine.makeStream(more);
      const { publisher, row } = await machine.goLive(stream, () => publish(stream));
      return { stream, publisher, broadcastId: row.broadcastId };
    },
    /** Waits until the playlist has grown past what it is now. */
    async playsOn(stream: TestStream): Promise<string> {
      const before = lastSequence(await topPlaylist(stream));
      return waitFor(`${stream.id} plays on`, async () => {
        const playlist = await topPlaylist(stream);
        return lastSequence(playlist) > before ? playlist : null;
      });
    },
  };
}

/** The number behind the last segment's. */
export function lastSequence(playlist: string): number {
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1] ?? 0);
  return first + (playlist.match(/#EXTINF/g)?.length ?? 0);
}
