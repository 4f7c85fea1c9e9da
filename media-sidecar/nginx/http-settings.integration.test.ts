import { describe, expect, it } from "vitest";
import { playbackToken, Upstream, useHttpNginx } from "./http-nginx.test-support.ts";

describe("with origins and proxies named", () => {
  const bench = useHttpNginx(() => ({
    corsOrigin: "https://a.example,https://b.example",
    trustedProxies: "127.0.0.0/8",
  }));

  it("lets those sites read, and no others", async () => {
    const allowed = async (site: string) => {
      const response = await fetch(`${bench.origin}/hls/${bench.freshPlaybackId()}/master.m3u8`, {
        headers: { origin: site },
      });
      expect(response.headers.get("vary")).toContain("Origin");
      return response.headers.get("access-control-allow-origin");
    };
    expect(await allowed("https://b.example")).toBe("https://b.example");
    expect(await allowed("https://c.example")).toBeNull();
  });

  it("believes a proxy about the viewer's address and scheme", async () => {
    await fetch(`${bench.origin}/api/x`, {
      headers: { "x-forwarded-for": "6.6.6.6, 203.0.113.9", "x-forwarded-proto": "https" },
    });
    expect(bench.api.requests[0]?.headers).toMatchObject({
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "https",
    });
  });
});

describe("with several processes of the API", () => {
  const second = new Upstream();
  const bench = useHttpNginx(
    ({ api }) => ({ apiUpstream: `127.0.0.1:${api.port},127.0.0.1:${second.port}` }),
    second,
  );
  const { api } = bench;

  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`${bench.origin}/api/x`, { headers });
    await response.text();
    return response.status;
  };

  it("a caller always meets the same one, by token or by cookie", async () => {
    for (const name of ["authorization", "cookie"]) {
      // The servers' ports decide who meets whom: so many callers that each server has some.
      for (let caller = 0; caller < 40; caller++) {
        const value = name === "cookie" ? `rostrum_session=t${caller}; x=` : `Bearer t${caller}`;
        for (let count = 0; count < 3; count++)
          await ask({ [name]: name === "cookie" ? value + count : value });
      }
      for (const { requests } of [api, second]) {
        const callers = requests.map(({ headers }) => String(headers[name]).split(";")[0]);
        const all = new Set(callers);
        expect(all.size, name).toBeGreaterThan(1);
        for (const caller of all) expect(callers.filter((each) => each === caller)).toHaveLength(3);
        requests.length = 0;
      }
    }
  });

  it("strangers are spread over them", async () => {
    for (let count = 0; count < 40; count++) await ask({});
    for (const { requests } of [api, second]) expect(requests.length).toBeGreaterThan(3);
  });

  it("the callers of one that is away are answered by the other", async () => {
    await second.close();
    const tokens = Array.from({ length: 20 }, (_, caller) => ({ authorization: `Bearer t${caller}` }));
    expect(new Set(await Promise.all(tokens.map(ask)))).toEqual(new Set([200]));
    await second.open();
  });
});

describe("with several room processes", () => {
  const second = new Upstream();
  const bench = useHttpNginx(
    ({ rooms }) => ({ roomsUpstream: `127.0.0.1:${rooms.port},127.0.0.1:${second.port}` }),
    second,
  );
  const { rooms } = bench;

  it("brings a ticket to the process that it names, and a JWT to any of them", async () => {
    const ask = async (asked: string) => {
      await fetch(`${bench.origin}/ws?token=${asked}`).then((response) => response.text());
      return [rooms.requests.splice(0).length, second.requests.splice(0).length];
    };
    for (let turn = 0; turn < 4; turn++) {
      expect(await ask("tkt_0_abcdefgh")).toEqual([1, 0]);
      expect(await ask("tkt_1_abcdefgh")).toEqual([0, 1]);
    }
    const turns = [
      await ask(playbackToken),
      await ask(playbackToken),
      await ask("tkt_7_abcdefgh"),
      await ask(""),
    ];
    expect(turns.flat().reduce((sum, count) => sum + count)).toBe(4);
  });
});
