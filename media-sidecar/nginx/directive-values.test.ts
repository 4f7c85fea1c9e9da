import { describe, expect, it } from "vitest";
import {
  parseNameservers,
  parseNetworks,
  parseOrigins,
  parseUpstream,
  parseUpstreams,
  quotedPath,
} from "./directive-values.ts";

describe("values on their way into nginx", () => {
  it("takes upstreams by address and by name", () => {
    expect(parseUpstream("API_UPSTREAM", "127.0.0.1:3000")).toMatchObject({
      port: 3000,
      needsResolver: false,
    });
    expect(parseUpstream("API_UPSTREAM", "localhost:3000")).toMatchObject({ host: "127.0.0.1" });
    expect(parseUpstream("API_UPSTREAM", "[::1]:3000")).toMatchObject({
      host: "[::1]",
      needsResolver: false,
    });
    expect(parseUpstream("API_UPSTREAM", "edge:3000")).toMatchObject({ host: "edge", needsResolver: true });
  });

  it.each(["", "edge", "http://edge:3000", "edge:0", "edge:70000", "a;b:1", "a b:1", "$host:1"])(
    "refuses %j as an upstream, and names the variable",
    (value) => {
      expect(() => parseUpstream("API_UPSTREAM", value)).toThrow("API_UPSTREAM");
    },
  );

  it("takes several upstreams by their addresses only", () => {
    const ports = (value: string) => parseUpstreams("API_UPSTREAM", value).map(({ port }) => port);
    expect(ports("edge:3000")).toEqual([3000]);
    expect(ports("127.0.0.1:3000,[::1]:3001")).toEqual([3000, 3001]);
    for (const value of ["edge:3000,edge2:3000", "127.0.0.1:3000,", ""])
      expect(() => ports(value), value).toThrow("API_UPSTREAM");
  });

  it("takes origins as browsers send them", () => {
    expect(parseOrigins("*")).toBe("*");
    expect(parseOrigins("")).toBe("*");
    expect(parseOrigins("https://a.example, http://b.example:8080/")).toEqual([
      "https://a.example",
      "http://b.example:8080",
    ]);
  });

  it.each(["a.example", "https://a.example/path", "ftp://a.example", 'https://a.example";return 200;"'])(
    "refuses %j as an origin",
    (value) => {
      expect(() => parseOrigins(value)).toThrow("CORS_ORIGIN");
    },
  );

  it("takes addresses and networks of proxies, and no names", () => {
    expect(parseNetworks("")).toEqual([]);
    expect(parseNetworks("10.0.0.0/8, ::1,192.168.1.1")).toEqual(["10.0.0.0/8", "::1", "192.168.1.1"]);
    for (const value of ["proxy", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/x", "10.0.0.1;"]) {
      expect(() => parseNetworks(value)).toThrow("TRUSTED_PROXIES");
    }
  });

  it("reads name servers", () => {
    expect(
      parseNameservers("# a\nnameserver 127.0.0.11\n nameserver fe80::1 \nsearch x\nnameserver no"),
    ).toEqual(["127.0.0.11", "[fe80::1]"]);
  });

  it("quotes paths with spaces and quotes, and refuses what nginx would read as a variable", () => {
    expect(quotedPath('/a b/"c"')).toBe('"/a b/\\"c\\""');
    expect(() => quotedPath("/a/$b")).toThrow();
  });
});
