import { afterEach, expect, test, vi } from "vitest";
import type { PersonalNews } from "../../protocol/internal-rooms.ts";
import { createLog } from "../../protocol/log.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { createHttpRoomsClient } from "./http-rooms-client.ts";

type Answer = number | Error | object;

function clientAnswering(...answers: Answer[]) {
  const calls: { url: string; body: unknown; authorization: string | null }[] = [];
  const lines: string[] = [];
  const client = createHttpRoomsClient({
    roomsUrl: "http://rooms.test",
    internalApiKey: "internal",
    gateways: 4,
    retryPausesMs: [0, 0],
    pokePausesMs: [0, 0, 0],
    commandTimeoutMs: 20,
    log: createLog("test", (line) => lines.push(line)),
    fetch: async (url, init) => {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? 204;
      calls.push({
        url,
        body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
        authorization: new Headers(init.headers).get("authorization"),
      });
      if (answer instanceof Error) throw answer;
      return typeof answer === "number" ? new Response(null, { status: answer }) : Response.json(answer);
    },
  });
  return { client, calls, lines };
}

test("a revocation goes to the one gateway that holds the user's sockets, with the internal key", async () => {
  const { client, calls } = clientAnswering(204);
  await client.revoke({ userId: "usr_a", code: 4401 });
  expect(calls).toEqual([
    {
      url: `http://rooms.test/parties/gateway/${gatewayFor("usr_a", 4)}/revoke`,
      body: { userId: "usr_a", code: 4401 },
      authorization: "Bearer internal",
    },
  ]);
});

test("every gateway is told of an event whose people have to be judged anew", async () => {
  const { client, calls } = clientAnswering(204);
  await client.recheckEvent("evt_a");
  expect(calls.map(({ url, body }) => [url, body])).toEqual(
    [0, 1, 2, 3].map((index) => [
      `http://rooms.test/parties/gateway/gateway-${index}/recheck`,
      { eventId: "evt_a" },
    ]),
  );
});

test("a call that fails is tried again until it succeeds", async () => {
  const { client, calls, lines } = clientAnswering(new Error("refused"), 503, 204);
  await client.publishToEvent("evt_a", [{ type: "stream:status", data: {} }]);
  expect(calls.length).toBe(3);
  expect(lines).toEqual([]);
});

test("rooms that stay away never fail the caller, and the log says so", async () => {
  const { client, calls, lines } = clientAnswering(new Error("refused"));
  await client.pokeSession("ses_a", 7);
  expect(calls.length).toBe(4);
  expect(lines.join()).toContain("/parties/session/ses_a/poke");
});

test("heads that a log reaches while its room is being told are said with the next call", async () => {
  const { client, calls } = clientAnswering(204);
  await Promise.all([7, 9, 8].map((head) => client.pokeSession("ses_a", head)));
  expect(calls.map(({ body }) => body)).toEqual([{ head: 7 }, { head: 9 }]);
});

test("what came of a session while its room was being told is said too, under the same head as well", async () => {
  const { client, calls } = clientAnswering(204);
  const voted = (userId: string): PersonalNews => ({
    type: "poll:voted",
    userId,
    data: { pollId: "pol_a", optionIds: ["opt_a"] },
  });
  await Promise.all(["usr_a", "usr_b", "usr_c"].map((id) => client.pokeSession("ses_a", 7, [voted(id)])));
  expect(calls.map(({ body }) => body)).toEqual([
    { head: 7, personal: [voted("usr_a")] },
    { head: 7, personal: [voted("usr_b"), voted("usr_c")] },
  ]);
});

const command = { userId: "usr_a", ref: "1", type: "chat:send", data: { text: "hello" } } as const;

test("a command is answered by the session's room", async () => {
  const result = { ok: true, ack: { id: "msg_a" } } as const;
  const { client, calls } = clientAnswering(result);
  expect(await client.commandSession("ses_a", command)).toEqual(result);
  expect(calls.map(({ url, body }) => [url, body])).toEqual([
    ["http://rooms.test/parties/session/ses_a/command", command],
  ]);
});

test("a room that is away, or cannot commit either, has nothing to say about a command", async () => {
  const problem = { type: "/problems/unavailable", title: "Away", status: 503 };
  const answers = [503, 404, new Error("refused"), { hello: 1 }, { ok: false, problem }];
  for (const answer of answers) {
    const { client, calls } = clientAnswering(answer);
    expect(await client.commandSession("ses_a", command)).toBeNull();
    expect(calls.length, "it is not asked twice: the caller can commit").toBe(1);
  }
});

test("who is in a session is known while its room answers", async () => {
  const people = { userIds: ["usr_a"], anonymous: 1, count: 2, peak: 3 };
  expect(await clientAnswering(people).client.people("ses_a")).toEqual(people);
  expect(await clientAnswering(503).client.people("ses_a")).toBeNull();
});

afterEach(() => void vi.useRealTimers());

test("one command waits for a room that hangs, and the next ones go without it, whatever the clock says", async () => {
  // Timers go on; by the clock, no time passes.
  vi.useFakeTimers({ toFake: ["Date"] });
  let calls = 0;
  const client = createHttpRoomsClient({
    roomsUrl: "http://rooms.test",
    internalApiKey: "internal",
    gateways: 1,
    commandTimeoutMs: 20,
    log: createLog("test", () => {}),
    fetch: (_url, { signal }) => {
      calls++;
      return new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason)),
      );
    },
  });
  for (let index = 0; index < 3; index++) expect(await client.commandSession("ses_a", command)).toBeNull();
  expect(calls).toBe(1);
  await client.commandSession("ses_b", command);
  expect(calls, "another session's room may be well").toBe(2);
});

test("a refusal is not repeated", async () => {
  const { client, calls, lines } = clientAnswering(403);
  await client.pokeSession("ses_a", 7);
  expect(calls.length).toBe(1);
  expect(lines.length).toBe(1);
});

test("health is a plain answer, whatever happens", async () => {
  expect(await clientAnswering(200).client.healthy()).toBe(true);
  expect(await clientAnswering(503).client.healthy()).toBe(false);
  expect(await clientAnswering(new Error("refused")).client.healthy()).toBe(false);
});

test("with several processes each call goes to the one that has the room", async () => {
  const calls: { url: string }[] = [];
  const urls = ["http://a.test", "http://b.test"];
  const several = createHttpRoomsClient({
    roomsUrl: urls.join(),
    internalApiKey: "internal",
    gateways: 4,
    log: createLog("test", () => {}),
    fetch: async (url) => {
      calls.push({ url });
      return new Response(null, { status: 204 });
    },
  });
  await several.recheckEvent("evt_a");
  expect(calls.map(({ url }) => url.slice(0, 40))).toEqual([
    "http://a.test/parties/gateway/gateway-0/",
    "http://b.test/parties/gateway/gateway-1/",
    "http://a.test/parties/gateway/gateway-2/",
    "http://b.test/parties/gateway/gateway-3/",
  ]);
  expect(await several.healthy()).toBe(true);
  expect(calls.slice(4).map(({ url }) => url)).toEqual(urls.map((url) => `${url}/health`));
});
