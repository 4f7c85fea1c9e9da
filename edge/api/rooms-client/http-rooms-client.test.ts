import { expect, test } from "vitest";
import { createLog } from "../../protocol/log.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { createHttpRoomsClient } from "./http-rooms-client.ts";

type Answer = number | Error;

function clientAnswering(...answers: Answer[]) {
  const calls: { url: string; body: unknown; authorization: string | null }[] = [];
  const lines: string[] = [];
  const client = createHttpRoomsClient({
    roomsUrl: "http://rooms.test",
    internalApiKey: "internal",
    gateways: 4,
    retryPausesMs: [0, 0],
    log: createLog("test", (line) => lines.push(line)),
    fetch: async (url, init) => {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? 204;
      calls.push({
        url,
        body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
        authorization: new Headers(init.headers).get("authorization"),
      });
      if (answer instanceof Error) throw answer;
      return new Response(null, { status: answer });
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
  expect(calls.length).toBe(3);
  expect(lines.join()).toContain("/parties/session/ses_a/poke");
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
