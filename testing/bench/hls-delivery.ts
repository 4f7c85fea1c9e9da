import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fetchMaster, fetchMedia } from "../support/hls.ts";
import { publish } from "../support/publisher.ts";
import type { Rostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { type LoadResult, runLoad } from "./api-load.ts";
import { simulatePlayers } from "./low-latency-players.ts";
import { startBareNginx } from "./peers/bare-nginx.ts";
import { percentile } from "./picture-clock.ts";
import { childrenOf } from "./processor-time.ts";
import { table } from "./table.ts";

const seconds = Number(process.env.BENCH_SECONDS ?? 20);
const connections = 64;
const players = 200;
/** Of 360 lines: one rung, copied, so that what is measured is delivery and not encoding. */
const source = { ...small, framesPerSecond: 30, keyframeInterval: 1, videoKbps: 800 };

/**
 * Segments beside bare nginx with the same file; playlists of a private stream, each request with its token judged; and
 * low-latency players that wait for every part.
 */
export async function measureDelivery(rostrum: Rostrum): Promise<void> {
  const event = await rostrum.admin.createEvent({ visibility: "private" });
  const session = await rostrum.admin.createSession(event.id);
  const { stream, streamKey } = await rostrum.admin.createStream({
    sessionId: session.id,
    latencyMode: "low",
    reconnectWindowSeconds: 0,
  });
  const publisher = publish(await testMedia(source), `${rostrum.ingestUrl}/${streamKey}`);
  try {
    const live = async () => (await rostrum.admin.stream(stream.id)).status === "live";
    await waitFor("live", live, { timeoutSeconds: 60 });
    const { url } = await rostrum.admin.playback(stream.id);
    const playlistUrl = (await fetchMaster(url)).variants[0]!.url;
    await measureSegments(rostrum, playlistUrl);
    await measurePlaylists(rostrum, playlistUrl);
    await measurePlayers(playlistUrl);
  } finally {
    await publisher.stop();
    await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  }
}

async function measureSegments(rostrum: Rostrum, playlistUrl: string): Promise<void> {
  const { pathname } = new URL((await fetchMedia(playlistUrl)).segments.at(-1)!.url);
  const peer = await startBareNginx(await fileOf(rostrum, pathname));
  try {
    const bytes = (await (await fetch(`${peer.origin}/file.m4s`)).arrayBuffer()).byteLength;
    const load = (origin: string, path: string) => get(origin, path, []);
    // In turn, so that what else the machine does is shared.
    const results = { rostrum: [] as number[], peer: [] as number[] };
    for (let round = 0; round < 3; round++) {
      results.peer.push((await load(peer.origin, "/file.m4s")).perSecond);
      results.rostrum.push((await load(rostrum.url, pathname)).perSecond);
    }
    const best = { rostrum: Math.max(...results.rostrum), peer: Math.max(...results.peer) };
    const row = (name: string, perSecond: number) => [
      name,
      perSecond.toFixed(0),
      ((perSecond * bytes) / 1e6).toFixed(0),
      (perSecond / best.peer).toFixed(2),
    ];
    process.stdout.write(
      `\nOne segment of ${bytes} bytes, ${connections} connections, best of 3\n${table([
        ["server", "requests/s", "MB/s", "ratio to peer"],
        row("Rostrum", best.rostrum),
        row("bare nginx", best.peer),
      ])}\n`,
    );
  } finally {
    await peer.stop();
  }
}

async function measurePlaylists(rostrum: Rostrum, playlistUrl: string): Promise<void> {
  const nginx = await rostrum.pidOf("nginx-http");
  const sidecar = await rostrum.pidOf("sidecar");
  const { pathname } = new URL(playlistUrl);
  const result = await get(rostrum.url, pathname, [nginx, ...childrenOf(nginx), sidecar]);
  process.stdout.write(
    `\nPlaylists of a private stream, the token judged each time, ${connections} connections\n${table([
      ["requests/s", "p95 ms", "cores of nginx and sidecar", "cores of the generator"],
      [
        result.perSecond.toFixed(0),
        result.p95Ms.toFixed(1),
        result.serverCores.toFixed(2),
        result.generatorCores.toFixed(2),
      ],
    ])}\n`,
  );
}

async function measurePlayers(playlistUrl: string): Promise<void> {
  const { waits, fetches, failures } = await simulatePlayers(playlistUrl, players, seconds);
  const of = (values: number[], share: number) => percentile(values, share).toFixed(0);
  process.stdout.write(
    `\n${players} low-latency players of one copied rung, ${seconds} s; parts last 333 ms\n${table([
      ["", "count", "p50 ms", "p95 ms", "max ms"],
      ["waiting for the next part", String(waits.length), of(waits, 0.5), of(waits, 0.95), of(waits, 1)],
      ["fetching it", String(fetches.length), of(fetches, 0.5), of(fetches, 0.95), of(fetches, 1)],
      ["failures", String(failures.length), failures.slice(0, 3).join("; "), "", ""],
    ])}\n`,
  );
}

function get(origin: string, path: string, pids: readonly number[]): Promise<LoadResult> {
  return runLoad({ origin, method: "GET", requests: [{ path }], connections, seconds, pids });
}

/** Where the sidecar has written what nginx serves under a path. */
async function fileOf(rostrum: Rostrum, pathname: string): Promise<string> {
  const name = pathname.replace(/^\/hls\//, "");
  const entries = await readdir(rostrum.dataDirectory, { recursive: true });
  const found = entries.find((entry) => entry.endsWith(name));
  if (found === undefined) throw new Error(`${name} is not in ${rostrum.dataDirectory}`);
  return join(rostrum.dataDirectory, found);
}
