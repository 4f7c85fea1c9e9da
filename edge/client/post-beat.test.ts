import { afterEach, expect, test, vi } from "vitest";
import type { PlaybackBeat } from "../protocol/streams.ts";
import { type BeatOutcome, postBeatTo } from "./post-beat.ts";

const beat: PlaybackBeat = {
  token: "t",
  playId: "play_12345",
  beat: 1,
  playing: true,
  ended: false,
  playedSeconds: 0,
  renditions: {},
  stalls: 0,
  stallSeconds: 0,
  errors: 0,
};
afterEach(() => {
  vi.unstubAllGlobals();
});

/** Posts one beat to a server that answers like that, and what it was asked. */
async function post(answer: () => Response, parting = false): Promise<[BeatOutcome, RequestInit]> {
  const asked: RequestInit[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    expect(url).toBe("https://live.example.org/api/playback/beat");
    asked.push(init);
    return answer();
  });
  const outcome = await postBeatTo("https://live.example.org")(beat, parting);
  return [outcome, asked[0]!];
}
const answered = (status: number, headers = {}) => new Response(null, { status, headers });

test.each<[string, () => Response, BeatOutcome]>([
  ["taken", () => answered(204), "heard"],
  ["its token is no longer good", () => answered(401), "refused"],
  ["too many, come back in 7 s", () => answered(429, { "retry-after": "7" }), { waitSeconds: 7 }],
  ["too many, come back tomorrow", () => answered(429, { "retry-after": "86400" }), { waitSeconds: 300 }],
  ["too many", () => answered(429), { waitSeconds: 15 }],
  ["away for 20 s", () => answered(503, { "retry-after": "20" }), { waitSeconds: 20 }],
  ["away", () => answered(503), "unheard"],
  ["broken", () => answered(500), "unheard"],
  ["no network", () => Promise.reject(new TypeError("fetch failed")) as never, "unheard"],
])("a beat that is answered with: %s", async (_, answer, outcome) => {
  expect((await post(answer))[0]).toEqual(outcome);
});

test("it carries nothing that tells who it is but its token, and says so in JSON", async () => {
  const [, { headers, credentials, body }] = await post(() => answered(204));
  expect({ headers, credentials }).toEqual({
    headers: { "content-type": "application/json" },
    credentials: "omit",
  });
  expect(JSON.parse(String(body))).toEqual(beat);
});

test("the last one outlives its page, and needs no leave to be asked for first", async () => {
  const [, { headers, keepalive }] = await post(() => answered(204), true);
  expect([headers, keepalive]).toEqual([{ "content-type": "text/plain" }, true]);
});

test("a browser whose requests end with the page sends the last one as a beacon", async () => {
  const beacons: [string, string][] = [];
  vi.stubGlobal("Request", class {});
  vi.stubGlobal("navigator", {
    sendBeacon: (url: string, { type }: Blob) => beacons.push([url, type]) > 0,
  });
  expect(await postBeatTo("https://live.example.org")(beat, true)).toBe("heard");
  expect(beacons).toEqual([["https://live.example.org/api/playback/beat", "text/plain"]]);
});
