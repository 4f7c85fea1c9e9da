import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { publish } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { startNginxRtmpHls } from "./peers/nginx-rtmp-hls.ts";
import { median, table } from "./table.ts";

const starts = 10;
const poll = { timeoutSeconds: 60, everyMilliseconds: 20 };

/**
 * Seconds from starting the encoder's process (FFmpeg, 1080p30 with 2 s keyframes, copied from a file) until a player
 * could begin: for Rostrum a master playlist of which every rung has a segment that downloads; for the peer, plain
 * nginx-rtmp HLS with 2 s fragments, a playlist with one segment. The two take turns.
 */
export async function measureStartUp(rostrum: Rostrum): Promise<void> {
  const file = await testMedia(fullHd);
  const peer = await startNginxRtmpHls();
  const seconds = { rostrum: [] as number[], peer: [] as number[] };
  try {
    for (let start = 0; start < starts; start++) {
      seconds.rostrum.push(await startOfRostrum(rostrum, file));
      seconds.peer.push(await startOfPeer(peer, file, `start-${start}`));
      process.stderr.write(`start-up ${start + 1}/${starts}\n`);
    }
  } finally {
    await peer.stop();
  }
  const row = (name: string, values: number[]) => [
    name,
    median(values).toFixed(2),
    Math.min(...values).toFixed(2),
    Math.max(...values).toFixed(2),
    (median(values) / median(seconds.peer)).toFixed(2),
  ];
  process.stdout.write(
    `\nFrom encoder to playable master, ${starts} starts, 1080p30, keyframes every 2 s\n${table([
      ["system", "p50 s", "min s", "max s", "ratio to peer"],
      row("Rostrum, all rungs playable", seconds.rostrum),
      row("nginx-rtmp HLS, one quality", seconds.peer),
    ])}\n`,
  );
}

async function startOfRostrum(rostrum: Rostrum, file: string): Promise<number> {
  const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 0 });
  const { url } = await rostrum.anonymous.playback(stream.id);
  const began = performance.now();
  const publisher = publish(file, `${rostrum.ingestUrl}/${streamKey}`);
  await waitFor(
    "every rung has a segment",
    async () => {
      const { variants } = await fetchMaster(url);
      const playlists = await Promise.all(variants.map((variant) => fetchMedia(variant.url)));
      if (playlists.length < 4 || playlists.some(({ segments }) => segments.length === 0)) return false;
      const answers = await Promise.all(playlists.map(({ segments }) => fetch(segments[0]!.url)));
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      return answers.every(({ ok }) => ok);
    },
    poll,
  );
  const seconds = (performance.now() - began) / 1000;
  await publisher.stop();
  await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  return seconds;
}

async function startOfPeer(
  peer: Awaited<ReturnType<typeof startNginxRtmpHls>>,
  file: string,
  name: string,
): Promise<number> {
  const began = performance.now();
  const publisher = publish(file, `${peer.ingestUrl}/${name}`);
  await waitFor("the peer has a segment", async () => (await peer.playlist(name))?.includes("#EXTINF"), poll);
  const seconds = (performance.now() - began) / 1000;
  await publisher.stop();
  return seconds;
}
