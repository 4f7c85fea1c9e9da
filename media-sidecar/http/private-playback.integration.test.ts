import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession, makeUser, seat } from "../../edge/api/streams/test-scene.ts";
import { audienceKey } from "../../edge/auth/audience-key.ts";
import { signPlaybackToken } from "../../edge/auth/playback-token.ts";
import { streamViewers } from "../../edge/db/schema/streams-tables.ts";
import { fetchMedia } from "../../testing/support/hls.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

let machine: TestMediaMachine;
let eventId: string;
let stream: TestStream;
let viewer: { userId: string; token: string };
beforeAll(async () => {
  const file = await testMedia({ ...small, width: 320, height: 180 });
  machine = await TestMediaMachine.start({ corsOrigin: "https://ours.example" });
  const { db } = machine.api.deps;
  eventId = await makeEvent(db, { visibility: "private" });
  stream = await machine.makeStream({ sessionId: await makeSession(db, eventId) });
  viewer = await seated();
  machine.publish(file, stream.streamKey);
  await machine.until(stream, "live");
});
afterAll(() => machine.stop());

async function seated() {
  const userId = await makeUser(machine.api.deps.db);
  await seat(machine.api.deps.db, eventId, userId);
  return { userId, token: (await signIn(machine.api, userId)).token };
}
/** The token that the API answers this viewer. */
async function tokenOf({ token }: { token: string }, of = stream): Promise<string> {
  const { body } = await call(machine.api, "GET", `/api/streams/${of.id}/playback`, 200, { token });
  return /~([^/]+)\//.exec(body.url)![1]!;
}
const sign = async (claims: { playbackId?: string; generation?: number }, expiresAt: Date) => {
  const key = await audienceKey(machine.api.deps.environment.jwtSecret, "playback");
  const all = { playbackId: stream.playbackId, viewerId: viewer.userId, generation: 0, ...claims };
  return signPlaybackToken(key, all, expiresAt);
};
const inAnHour = () => new Date(Date.now() + 3_600_000);
const watch = (token: string, playlist = "master.m3u8") =>
  machine.watch(`${stream.playbackId}/${token === "" ? "" : `~${token}/`}${playlist}`);
const problem = ({ status, text }: { status: number; text: string }) => [
  status,
  (JSON.parse(text) as { type: string }).type,
];
const mediaUrl = (token: string) =>
  `http://127.0.0.1:${machine.settings.httpPort}/hls/${stream.playbackId}/~${token}/v0.m3u8`;

describe("a private event's stream", () => {
  it("plays with its viewer's token, which stands in no segment's address", async () => {
    const token = await tokenOf(viewer);
    const master = await watch(token);
    expect(master.status, master.text).toBe(200);
    const { segments, text } = await fetchMedia(mediaUrl(token));
    expect(text).not.toContain(token);
    expect(master.text).not.toContain(token);
    expect(segments[0]!.url).toMatch(/\/hls\/seg_[\w-]{24}\/v0\/\d+\.m4s$/);
    expect((await fetch(segments[0]!.url)).status).toBe(200);
  });

  it("does not exist without a token, for its master and its media alike", async () => {
    expect(problem(await watch(""))).toEqual([404, "/problems/not-found"]);
    expect(problem(await watch("", "v0.m3u8"))).toEqual([404, "/problems/not-found"]);
  });

  it("is refused with another stream's token", async () => {
    const other = await machine.makeStream();
    const token = await tokenOf(viewer, other);
    expect(problem(await watch(token))).toEqual([401, "/problems/unauthenticated"]);
    expect(problem(await watch(await sign({ playbackId: other.playbackId }, inAnHour())))).toEqual([
      401,
      "/problems/unauthenticated",
    ]);
  });

  it("is refused with a token that has expired, also one that was good a moment ago", async () => {
    expect(problem(await watch(await sign({}, new Date(Date.now() - 1000))))[0]).toBe(401);
    const short = await sign({}, new Date(Date.now() + 2000));
    expect((await watch(short)).status).toBe(200);
    await waitFor("the token is refused", async () => (await watch(short)).status === 401, {
      timeoutSeconds: 15,
    });
  });

  it("has segments under names that are not guessed", async () => {
    const { segments } = await fetchMedia(mediaUrl(await tokenOf(viewer)));
    const path = new URL(segments[0]!.url).pathname;
    const prefix = path.split("/")[2]!;
    const guesses = [
      path.replace(prefix, `seg_${"A".repeat(24)}`),
      path.replace(prefix, prefix.slice(0, -1)),
      path.replace(prefix, (await machine.row(stream.id)).broadcastId ?? ""),
      path.replace(prefix, stream.playbackId),
      path.replace(prefix, "seg_*"),
      path.replace(prefix, ""),
      "/hls/",
      `/hls/${prefix}/`,
      `/hls/${prefix}/v0/`,
    ];
    for (const guess of guesses) {
      const answer = await fetch(`http://127.0.0.1:${machine.settings.httpPort}${guess}`);
      expect(problem({ status: answer.status, text: await answer.text() }), guess).toEqual([
        404,
        "/problems/not-found",
      ]);
    }
  });

  it("is shown to pages of CORS_ORIGIN and to no other's", async () => {
    const token = await tokenOf(viewer);
    const allowed = async (origin: string) => {
      const answer = await fetch(mediaUrl(token), { headers: { origin } });
      await answer.arrayBuffer();
      return answer.headers.get("access-control-allow-origin");
    };
    expect(await allowed("https://ours.example")).toBe("https://ours.example");
    expect(await allowed("https://theirs.example")).toBeNull();
  });

  it("tells the edge who fetches its playlists", async () => {
    const another = await seated();
    for (const one of [viewer, another]) expect((await watch(await tokenOf(one))).status).toBe(200);
    await waitFor(
      "both viewers at the edge",
      async () => {
        const { db } = machine.api.deps;
        const rows = await db.select().from(streamViewers).where(eq(streamViewers.streamId, stream.id));
        const ids = rows.map(({ viewerId }) => viewerId);
        return ids.includes(viewer.userId) && ids.includes(another.userId);
      },
      { timeoutSeconds: 40 },
    );
  });
});

describe("a revocation", () => {
  it("ends the banned viewer's tokens and every address they had, while others play on without a gap", async () => {
    const banned = await seated();
    const theirs = await tokenOf(banned);
    const leaked = (await fetchMedia(mediaUrl(theirs))).segments.at(-1)!.url;
    const player = new CarefulPlayer(() => tokenOf(viewer));
    await player.begin();
    const { userId: admin } = await anAdmin();
    const { token } = await signIn(machine.api, admin);
    await call(machine.api, "POST", `/api/events/${eventId}/bans/${banned.userId}`, 201, { token });
    await waitFor("their token is refused", async () => (await watch(theirs)).status === 401);
    await call(machine.api, "GET", `/api/streams/${stream.id}/playback`, 404, { token: banned.token });
    await waitFor("the leaked address is gone", async () => (await fetch(leaked)).status === 404, {
      timeoutSeconds: 40,
    });
    const before = player.played;
    await waitFor("the other plays on", () => player.played > before + 2);
    await player.stop();
    expect(player.faults).toEqual([]);
    expect(player.renewals).toBe(1);
  });

  it("holds when the sidecar was killed before it could move the segments", async () => {
    const { token } = await signIn(machine.api, (await anAdmin()).userId);
    const mine = await tokenOf(viewer);
    const leaked = (await fetchMedia(mediaUrl(mine))).segments.at(-1)!.url;
    await call(machine.api, "POST", `/api/streams/${stream.id}/revoke-playback`, 204, { token });
    await waitFor("the token is refused", async () => (await watch(mine)).status === 401);
    await machine.killAndRestart("sidecar");
    await waitFor("the sidecar judges", async () => (await watch(mine)).status === 401);
    await waitFor("the address is gone", async () => (await fetch(leaked)).status === 404, {
      timeoutSeconds: 40,
    });
    expect((await watch(await tokenOf(viewer))).status).toBe(200);
  });

  it("comes with an event that turns private: what strangers had is over", async () => {
    const { db } = machine.api.deps;
    const open = await makeEvent(db, { visibility: "public" });
    const session = await makeSession(db, open);
    const other = await machine.makeStream({ sessionId: session });
    machine.publish(await testMedia({ ...small, width: 320, height: 180 }), other.streamKey);
    await machine.until(other, "live");
    const bare = `${other.playbackId}/master.m3u8`;
    const { body } = await call(machine.api, "GET", `/api/streams/${other.id}/playback`, 200);
    const given = body.url.slice(body.url.indexOf("/hls/") + 5) as string;
    for (const path of [bare, given]) expect((await machine.watch(path)).status, path).toBe(200);
    const { token } = await signIn(machine.api, (await anAdmin()).userId);
    await call(machine.api, "PUT", `/api/events/${open}`, 200, { token, body: { visibility: "private" } });
    await waitFor("the bare address is no more", async () => (await machine.watch(bare)).status === 404);
    await waitFor("the stranger's token is refused", async () => (await machine.watch(given)).status === 401);
  });
});

async function anAdmin() {
  return { userId: await makeUser(machine.api.deps.db, "admin") };
}

/** Reads as a player does: the playlist again and again, each new segment once; a refused token is renewed. */
class CarefulPlayer {
  readonly faults: string[] = [];
  played = 0;
  renewals = 0;
  readonly #renew: () => Promise<string>;
  #token = "";
  #newest = -1;
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(renew: () => Promise<string>) {
    this.#renew = renew;
  }

  async begin(): Promise<void> {
    this.#token = await this.#renew();
    this.#loop = this.#play();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #play(): Promise<void> {
    while (this.#running) {
      try {
        await this.#fetchNew();
      } catch (error) {
        if (/answered 401/.test(String(error))) {
          this.#token = await this.#renew();
          this.renewals++;
          continue;
        }
        this.faults.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async #fetchNew(): Promise<void> {
    const { mediaSequence, segments } = await fetchMedia(mediaUrl(this.#token));
    for (const [index, segment] of segments.entries()) {
      const sequence = mediaSequence + index;
      if (sequence <= this.#newest) continue;
      if (this.#newest >= 0 && sequence > this.#newest + 1) this.faults.push(`a gap before ${sequence}`);
      for (const url of [segment.map!, segment.url]) {
        const { status } = await fetch(url);
        if (status !== 200) this.faults.push(`${url} ${status}`);
      }
      this.#newest = sequence;
      this.played++;
    }
  }
}
