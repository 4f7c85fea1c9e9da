import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call, signIn } from "../../edge/api/streams/test-client.ts";
import { makeEvent, makeSession, makeUser } from "../../edge/api/streams/test-scene.ts";
import { streamViewers } from "../../edge/db/schema/streams-tables.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine } from "../test-media-machine.ts";
import { CarefulPlayer } from "./careful-player.test-support.ts";
import { privateEvent } from "./private-event.test-support.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });
let machine: TestMediaMachine;
beforeAll(async () => {
  machine = await TestMediaMachine.start({ corsOrigin: "https://ours.example" });
});
afterAll(() => machine.stop());

const inAnHour = () => new Date(Date.now() + 3_600_000);
const problem = ({ status, text }: { status: number; text: string }) => [
  status,
  (JSON.parse(text) as { type: string }).type,
];

// Most of them wait for a verdict or a place to grow old: side by side.
describe.concurrent("a private event's stream", () => {
  let scene: Awaited<ReturnType<typeof privateEvent>>;
  beforeAll(async () => {
    scene = await privateEvent(machine);
  });

  it("plays with its viewer's token, which stands in no segment's address", async () => {
    const { viewer, tokenOf, watch, media } = scene;
    const token = await tokenOf(viewer);
    const master = await watch(token);
    expect(master.status, master.text).toBe(200);
    const { segments, text } = await media(token);
    expect(text).not.toContain(token);
    expect(master.text).not.toContain(token);
    expect(segments[0]!.url).toMatch(/\/hls\/seg_[\w-]{24}\/v0\/\d+\.m4s$/);
    expect((await fetch(segments[0]!.url)).status).toBe(200);
  });

  it("does not exist without a token, for its master and its media alike", async () => {
    const { watch } = scene;
    expect(problem(await watch(""))).toEqual([404, "/problems/not-found"]);
    expect(problem(await watch("", "v0.m3u8"))).toEqual([404, "/problems/not-found"]);
  });

  it("is refused with another stream's token", async () => {
    const { viewer, tokenOf, sign, watch } = scene;
    const other = await machine.makeStream();
    const token = await tokenOf(viewer, other);
    expect(problem(await watch(token))).toEqual([401, "/problems/unauthenticated"]);
    expect(problem(await watch(await sign({ playbackId: other.playbackId }, inAnHour())))).toEqual([
      401,
      "/problems/unauthenticated",
    ]);
  });

  it("is refused with a token that has expired, also one that was good a moment ago", async () => {
    const { sign, watch } = scene;
    expect(problem(await watch(await sign({}, new Date(Date.now() - 1000))))[0]).toBe(401);
    const short = await sign({}, new Date(Date.now() + 5000));
    expect((await watch(short)).status).toBe(200);
    await waitFor("the token is refused", async () => (await watch(short)).status === 401, {
      timeoutSeconds: 18,
    });
  });

  it("has segments under names that are not guessed", async () => {
    const { stream, viewer, tokenOf, media } = scene;
    const { segments } = await media(await tokenOf(viewer));
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
    const { viewer, tokenOf, mediaUrl } = scene;
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
    const { stream, viewer, seated, tokenOf, watch } = scene;
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

describe.concurrent("a revocation", () => {
  it("ends the banned viewer's tokens and every address they had, while others play on without a gap", async () => {
    const { eventId, stream, viewer, seated, tokenOf, watch, media, asAdmin } = await privateEvent(machine);
    const banned = await seated();
    const theirs = await tokenOf(banned);
    const leaked = (await media(theirs)).segments.at(-1)!.url;
    const player = new CarefulPlayer(media, () => tokenOf(viewer));
    await player.begin();
    const token = await asAdmin();
    await call(machine.api, "POST", `/api/events/${eventId}/bans/${banned.userId}`, 201, { token });
    await waitFor("their token is refused", async () => (await watch(theirs)).status === 401);
    await call(machine.api, "GET", `/api/streams/${stream.id}/playback`, 404, { token: banned.token });
    await waitFor("the leaked address is gone", async () => (await fetch(leaked)).status === 404, {
      timeoutSeconds: 90,
    });
    const before = player.played;
    await waitFor("the other plays on", () => player.played > before + 2);
    await player.stop();
    expect(player.faults).toEqual([]);
    expect(player.renewals).toBe(1);
  });

  it("comes with an event that turns private: what strangers had is over", async () => {
    const { db } = machine.api.deps;
    const open = await makeEvent(db, { visibility: "public" });
    const session = await makeSession(db, open);
    const other = await machine.makeStream({ sessionId: session });
    const file = await testMedia({ ...small, width: 320, height: 180 });
    await machine.goLive(other, () => machine.publish(file, other.streamKey));
    const bare = `${other.playbackId}/master.m3u8`;
    const { body } = await call(machine.api, "GET", `/api/streams/${other.id}/playback`, 200);
    const given = body.url.slice(body.url.indexOf("/hls/") + 5) as string;
    for (const path of [bare, given]) expect((await machine.watch(path)).status, path).toBe(200);
    const { token } = await signIn(machine.api, await makeUser(db, "admin"));
    await call(machine.api, "PUT", `/api/events/${open}`, 200, { token, body: { visibility: "private" } });
    await waitFor("the bare address is no more", async () => (await machine.watch(bare)).status === 404);
    await waitFor("the stranger's token is refused", async () => (await machine.watch(given)).status === 401);
  });
});

describe.concurrent("a revocation on a machine of its own", () => {
  let own: TestMediaMachine;
  let scene: Awaited<ReturnType<typeof privateEvent>>;
  beforeAll(async () => {
    own = await TestMediaMachine.start();
    scene = await privateEvent(own);
  });
  afterAll(() => own.stop());

  it("holds when the sidecar was killed before it could move the segments", async () => {
    const { stream, viewer, tokenOf, watch, media, asAdmin } = scene;
    const mine = await tokenOf(viewer);
    const leaked = (await media(mine)).segments.at(-1)!.url;
    await call(own.api, "POST", `/api/streams/${stream.id}/revoke-playback`, 204, {
      token: await asAdmin(),
    });
    await waitFor("the token is refused", async () => (await watch(mine)).status === 401);
    await own.killAndRestart("sidecar");
    await waitFor("the sidecar judges", async () => (await watch(mine)).status === 401);
    await waitFor("the address is gone", async () => (await fetch(leaked)).status === 404, {
      timeoutSeconds: 90,
    });
    expect((await watch(await tokenOf(viewer))).status).toBe(200);
  });
});
