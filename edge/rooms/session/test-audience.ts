/** Who watches a session's stream in tests: by a socket, by a player that beats, by fetching playlists. */

import { waitFor } from "../../../testing/support/wait-for.ts";
import { aBeat } from "../../api/playback/test-beats.ts";
import { makeLiveStream } from "../../api/stream-health/test-live-stream.ts";
import { call, callInternal } from "../../api/streams/test-client.ts";
import type { Person, TestRooms } from "../test-rooms.ts";
import type { TestSocket, Told } from "../test-socket.ts";

const everyMs = 700;
export const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
export const desktop =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

/** A player that is open, and beats until it is told to stop. */
export class TestPlayer {
  readonly viewerId: string;
  readonly #send: (beat: number, ended: boolean) => Promise<unknown>;
  readonly #timer: ReturnType<typeof setInterval>;
  #beat = 0;
  #sent: Promise<unknown> = Promise.resolve();

  private constructor(viewerId: string, send: (beat: number, ended: boolean) => Promise<unknown>) {
    this.viewerId = viewerId;
    this.#send = send;
    this.#timer = setInterval(() => {
      this.#sent = Promise.all([this.#sent, this.#send(++this.#beat, false)]);
    }, everyMs);
  }

  /** Of a person, or of somebody unknown. */
  static async open(
    { api }: TestRooms,
    streamId: string,
    { person, agent = desktop }: { person?: Person; agent?: string } = {},
  ): Promise<TestPlayer> {
    const login = person === undefined ? {} : { token: person.token };
    const { body } = await call(api, "GET", `/api/streams/${streamId}/playback`, 200, login);
    const playId = `play_${Math.random().toString(36).slice(2).padEnd(12, "0")}`;
    return new TestPlayer(body.viewerId, (beat, ended) =>
      call(api, "POST", "/api/playback/beat", 204, {
        body: aBeat({ token: body.beatToken, playId, beat, ended, playing: !ended, playedSeconds: beat / 2 }),
        headers: { "user-agent": agent },
      }),
    );
  }

  /** As when its machine sleeps. Resolves when what it had sent is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sent;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#send(++this.#beat, true);
  }
}

/** What `socket` was told of how many watch. */
export function countsTold(socket: TestSocket, sessionId: string): { count: number; peak: number }[] {
  return socket.told.flatMap(({ type, data }) =>
    type === "viewers:count" && data.sessionId === sessionId ? [{ count: data.count, peak: data.peak }] : [],
  );
}

/** This count is told from now on, of the session or of the event. What lapses takes its seconds. */
export function countIsTold(
  socket: TestSocket,
  of: { sessionId: string } | { eventId: string },
  count: number,
): Promise<unknown> {
  const from = socket.told.length;
  const isIt = ({ type, data }: Told) =>
    type === "viewers:count" &&
    data.count === count &&
    ("sessionId" in of ? data.sessionId === of.sessionId : data.eventId === of.eventId);
  return waitFor(`${count} to be counted`, () => socket.told.slice(from).find(isIt), { timeoutSeconds: 40 });
}

/** A stream in a public session, one who listens there, and how many watch by what they are told. */
export async function audienceScene(rooms: TestRooms) {
  const stream = await makeLiveStream(rooms.api);
  const { sessionId } = stream;
  await stream.report({ status: "live", startedAt: new Date().toISOString() });
  const listener = await rooms.join(await rooms.newcomer(), sessionId);
  return {
    ...stream,
    streamId: stream.id,
    listener,
    told: () => countsTold(listener, sessionId).at(-1),
    /** This count is told from now on, the listener counted too. */
    counted: (count: number) => countIsTold(listener, { sessionId }, count),
    /** A room has asked and been answered anew, so often. */
    asked: async (times: number) => {
      const path = `GET /internal/sessions/${sessionId}/others`;
      const asked = () => rooms.apiCalls.filter((each) => each === path).length;
      const from = asked();
      await waitFor("the room to ask", () => asked() >= from + times, { timeoutSeconds: 30 });
    },
    fetchPlaylists: (...viewerIds: string[]) =>
      callInternal(rooms.api, "POST", "/internal/media/viewers", 204, {
        nodeId: stream.nodeId,
        streams: [{ streamId: stream.id, viewerIds }],
      }),
    play: (options?: { person?: Person; agent?: string }) => TestPlayer.open(rooms, stream.id, options),
    /** What the API says by itself. */
    figures: async (token: string) => {
      const { body: seen } = await call(rooms.api, "GET", `/api/streams/${stream.id}`, 200);
      const { body: stats } = await call(rooms.api, "GET", `/api/streams/${stream.id}/stats`, 200, { token });
      return { viewers: seen.viewers, peakViewers: seen.peakViewers, stats: stats.viewers };
    },
  };
}
