/** The gateway's clock, with time in hand; everything that needs a network is in the integration tests. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Viewer } from "../../protocol/internal-rooms.ts";
import Gateway from "./gateway.ts";
import { seatHeaders } from "./seat-headers.ts";

const env = {
  EDGE_INTERNAL_URL: "http://api.test",
  INTERNAL_API_KEY: "key",
  ROOMS_URL: "http://rooms.test",
  GATEWAYS: "2",
};

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") });
  vi.stubGlobal("fetch", async () => Response.json({ now: new Date().toISOString(), revocations: [] }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const viewer: Viewer = {
  viewerId: "usr_a",
  userId: "usr_a",
  name: "Zoë ☕",
  role: "attendee",
  loginId: "lgn_a",
  readOnly: false,
  expiresAt: "2026-01-02T00:00:00Z",
};

function post(gateway: Gateway, action: string, body: unknown): Promise<Response> {
  const url = `http://rooms.test/parties/gateway/gateway-0/${action}`;
  return gateway.onRequest(new Request(url, { method: "POST", body: JSON.stringify(body) }));
}

async function connect(gateway: Gateway, who: Viewer = viewer) {
  const connection = { id: "c", sent: [] as string[], closed: [] as (number | undefined)[] };
  const socket = {
    ...connection,
    send: (text: string) => void connection.sent.push(text),
    close: (code?: number) => void connection.closed.push(code),
  };
  const { seat } = (await (await post(gateway, "seats", { viewerId: who.viewerId })).json()) as {
    seat: string;
  };
  const request = new Request("http://rooms.test/", { headers: seatHeaders(who, seat) });
  await gateway.onConnect(socket, { request });
  return { connection, say: (text: string) => gateway.onMessage(text, socket) };
}

const open = () => new Gateway({ id: "gateway-0", env });

test("a socket that is silent for 60 s is closed with 4408", async () => {
  const { connection } = await connect(open());
  await vi.advanceTimersByTimeAsync(59_000);
  expect(connection.closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(connection.closed).toEqual([4408]);
});

// An hour is ten thousand steps of the clock, which a busy machine takes its time for.
test("a ping every 25 s keeps a socket open for as long as its credentials hold", {
  timeout: 60_000,
}, async () => {
  const { connection, say } = await connect(open(), { ...viewer, expiresAt: "2026-01-01T01:00:00Z" });
  for (let ping = 0; ping < 143; ping++) {
    await vi.advanceTimersByTimeAsync(25_000);
    await say('{"type":"ping"}');
  }
  expect(connection.closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(26_000);
  expect(connection.sent.length).toBe(143);
  expect(connection.closed).toEqual([4401]);
});

test("a login that ended between admission and arrival finds its socket closed", async () => {
  const gateway = open();
  await post(gateway, "revoke", { userId: "usr_a", loginId: "lgn_a", code: 4401 });
  expect((await connect(gateway)).connection.closed).toEqual([4401]);
  expect((await connect(gateway, { ...viewer, loginId: "lgn_b" })).connection.closed).toEqual([]);
});

test("a socket without a seat does not get in", async () => {
  const gateway = open();
  const closed: (number | undefined)[] = [];
  const socket = { id: "c", send: () => {}, close: (code?: number) => void closed.push(code) };
  const request = new Request("http://rooms.test/", { headers: seatHeaders(viewer, "made up") });
  await gateway.onConnect(socket, { request });
  expect(closed).toEqual([1013]);
});

test("a socket that arrives just after its person's role changed is asked to come back", async () => {
  const gateway = open();
  const early = await connect(gateway);
  await post(gateway, "revoke", { id: 1, userId: "usr_a", code: 4401 });
  expect(early.connection.closed).toEqual([4401]);
  expect((await connect(gateway)).connection.closed).toEqual([1012]);
  await vi.advanceTimersByTimeAsync(1500);
  expect((await connect(gateway)).connection.closed).toEqual([]);
});

test("a revocation acts once, whichever way it comes", async () => {
  const gateway = open();
  const { connection } = await connect(gateway, { ...viewer, viewerId: "usr_b", userId: "usr_b" });
  await post(gateway, "revoke", { id: 1, userId: "usr_a", code: 4401 });
  await vi.advanceTimersByTimeAsync(1500);
  const fresh = await connect(gateway);
  const at = new Date().toISOString();
  const revocations = [
    { id: 1, at, userId: "usr_a", code: 4401 },
    { id: 2, at, userId: "usr_b", code: 4403 },
  ];
  vi.stubGlobal("fetch", async () => Response.json({ now: at, revocations }));
  await vi.advanceTimersByTimeAsync(2000);
  expect(fresh.connection.closed).toEqual([]);
  expect(connection.closed).toEqual([4403]);
});
