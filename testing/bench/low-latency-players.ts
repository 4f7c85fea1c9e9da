import { Agent, type IncomingMessage, request } from "node:http";

export interface PlayersReading {
  /** Milliseconds from asking for the next part to the playlist that has it. */
  waits: number[];
  /** Milliseconds to fetch a part that was just published. */
  fetches: number[];
  failures: string[];
}

/**
 * So many players of one playlist, each asking for the next part before it is there, fetching it when it is, and asking
 * again (RFC 8216bis §6.3.7): all that hls.js asks of a server, without showing it.
 */
export async function simulatePlayers(
  playlistUrl: string,
  players: number,
  seconds: number,
): Promise<PlayersReading> {
  const agent = new Agent({ keepAlive: true, maxSockets: players * 2 });
  const reading: PlayersReading = { waits: [], fetches: [], failures: [] };
  const until = performance.now() + seconds * 1000;
  const play = async (player: number) => {
    // They do not come at once.
    await new Promise((resolve) => setTimeout(resolve, (player / players) * 1000));
    let next = "";
    while (performance.now() < until) {
      const asked = performance.now();
      const answer = await get(agent, `${playlistUrl}${next}`);
      const hint = /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="[^"]*\/(\d+)-(\d+)\.m4s"/.exec(answer.text);
      if (answer.status !== 200 || hint === null) {
        reading.failures.push(`${answer.status} for ${next}`);
        next = "";
        continue;
      }
      if (next !== "") reading.waits.push(performance.now() - asked);
      next = `?_HLS_msn=${hint[1]}&_HLS_part=${hint[2]}&_HLS_skip=YES`;
      const newest = [...answer.text.matchAll(/#EXT-X-PART:[^\n]*URI="([^"]*)"/g)].at(-1)?.[1];
      if (newest === undefined) continue;
      const began = performance.now();
      const part = await get(agent, new URL(newest, playlistUrl).href);
      if (part.status === 200) reading.fetches.push(performance.now() - began);
      else reading.failures.push(`${part.status} for ${newest}`);
    }
  };
  await Promise.all(Array.from({ length: players }, (_, player) => play(player)));
  agent.destroy();
  return reading;
}

function get(agent: Agent, url: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("latin1") }),
      );
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}
