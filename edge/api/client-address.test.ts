import { expect, test } from "vitest";
import { clientAddressOf, isTrusted } from "./client-address.ts";

const trusted = ["127.0.0.1", "::1", "10.0.0.0/8", "fd00::/16"];

test.each([
  ["a stranger is itself, whatever it claims", "198.51.100.9:5123", "203.0.113.1", "198.51.100.9"],
  ["behind our proxy, the last hop is the client", "127.0.0.1:4000", "203.0.113.1", "203.0.113.1"],
  ["what the client wrote further left is ignored", "127.0.0.1", "1.1.1.1, 203.0.113.1", "203.0.113.1"],
  ["several proxies of ours are walked through", "::1", "203.0.113.1, 10.2.3.4, 10.9.9.9", "203.0.113.1"],
  ["a proxy that says nothing is the client itself", "10.0.0.5", null, "10.0.0.5"],
  ["all hops ours: the first of them", "127.0.0.1", "10.0.0.7", "10.0.0.7"],
  ["IPv6 with brackets and port", "[2001:db8::7]:443", "203.0.113.1", "2001:db8::7"],
  ["IPv4 inside IPv6", "::ffff:10.1.1.1", "203.0.113.5", "203.0.113.5"],
  ["an unknown peer is not believed", null, "203.0.113.1", null],
])("%s", (_what, peer, forwardedFor, expected) => {
  expect(clientAddressOf({ peer, forwardedFor, trusted })).toBe(expected);
});

test("a network holds its addresses and no others", () => {
  expect(isTrusted("10.255.0.1", trusted)).toBe(true);
  expect(isTrusted("11.0.0.1", trusted)).toBe(false);
  expect(isTrusted("fd00:1:2::3", ["fd00::/16"])).toBe(true);
  expect(isTrusted("fd01::3", ["fd00::/16"])).toBe(false);
  expect(isTrusted("::", ["0.0.0.0/0"])).toBe(false);
  for (const nonsense of ["", "999.1.1.1", "1.2.3", "::1::2", "localhost", "::ffff:"]) {
    expect(isTrusted(nonsense, ["10.0.0.0/8", nonsense]), nonsense).toBe(false);
  }
});
