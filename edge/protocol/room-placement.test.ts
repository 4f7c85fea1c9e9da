import { expect, test } from "vitest";
import { roomPlace, roomProcesses, roomUrl } from "./room-placement.ts";

test("one address has all rooms", () => {
  const processes = roomProcesses("http://rooms:1999/");
  expect(processes).toEqual(["http://rooms:1999"]);
  expect(roomUrl(processes, "/parties/gateway/gateway-7/revoke")).toBe(
    "http://rooms:1999/parties/gateway/gateway-7/revoke",
  );
  expect(roomUrl(processes, "/parties/session/ses_a")).toBe("http://rooms:1999/parties/session/ses_a");
});

test("gateways go round several, and sessions are spread over them", () => {
  const processes = roomProcesses("http://a:1, http://b:2,http://c:3");
  const places = [0, 1, 2, 3, 4].map((index) => roomPlace("gateway", `gateway-${index}`, 3));
  expect(places).toEqual([0, 1, 2, 0, 1]);
  expect(roomUrl(processes, "/parties/gateway/gateway-4/seats")).toMatch(/^http:\/\/b:2\//);
  const spread = new Set(
    Array.from({ length: 50 }, (_, n) => roomUrl(processes, `/parties/session/ses_${n}`).slice(0, 10)),
  );
  expect(spread.size).toBe(3);
});
