import { expect, test } from "vitest";
import { forwardedRequest } from "./forwarded-request.ts";

function forwarded(headers: Record<string, string>, cf: object | undefined, trusted = ["127.0.0.1"]) {
  const request = new Request("http://a.test/api/events", { headers });
  Object.assign(request, { cf });
  const result = forwardedRequest(request, trusted).headers;
  return {
    address: result.get("x-rostrum-client-address"),
    scheme: result.get("x-rostrum-scheme"),
    requestId: result.get("x-request-id"),
  };
}

const claims = {
  "x-rostrum-client-address": "6.6.6.6",
  "x-rostrum-scheme": "https",
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  "x-request-id": "trace",
  "cf-connecting-ip": "198.51.100.1",
};

test("a direct caller's claims are dropped", () => {
  expect(forwarded(claims, { clientIp: "192.0.2.9:4000" })).toEqual({
    address: "192.0.2.9",
    scheme: "http",
    requestId: null,
  });
});

test("a trusted proxy's claims are taken", () => {
  const expected = { address: "203.0.113.7", scheme: "https", requestId: "trace" };
  expect(forwarded(claims, { clientIp: "127.0.0.1:4000" })).toEqual(expected);
  expect(forwarded({ ...claims, "x-rostrum-socket": "proxied" }, { clientIp: "10.1.1.1:4000" })).toEqual(
    expected,
  );
  expect(forwarded({ ...claims, "x-rostrum-socket": "proxied" }, undefined)).toEqual(expected);
});

test("at Cloudflare the address is Cloudflare's to say, whatever socket a caller claims", () => {
  expect(forwarded({ ...claims, "x-rostrum-socket": "proxied" }, { colo: "TXL" })).toEqual({
    address: "198.51.100.1",
    scheme: "http",
    requestId: null,
  });
});

test("a runtime that names no peer leaves the address unknown", () => {
  expect(forwarded(claims, undefined)).toEqual({ address: null, scheme: "http", requestId: null });
});
