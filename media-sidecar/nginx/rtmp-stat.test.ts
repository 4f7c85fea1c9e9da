import { describe, expect, it } from "vitest";
import { parseRtmpStat } from "./rtmp-stat.ts";

/** As nginx-rtmp 1.2.2 writes it. */
const page = (live: string) => `<?xml version="1.0" encoding="utf-8" ?>
<rtmp><nginx_version>1.22.1</nginx_version><pid>42</pid><uptime>3</uptime><naccepted>2</naccepted>
<bw_in>0</bw_in><server><application><name>live</name>${live}</application></server></rtmp>`;

describe("nginx-rtmp's stat", () => {
  it("lists publishers, and of the players of the same stream what they did not read", () => {
    const xml = page(`<live><stream><name>pb_007</name><time>9</time><bytes_in>1234</bytes_in>
      <client><id>3</id><address>127.0.0.1</address><dropped>7</dropped><active/></client>
      <client><id>4</id><address>127.0.0.1</address><active/></client>
      <client><id>1</id><address>10.0.0.1</address><dropped>0</dropped><publishing/><active/></client>
      <nclients>2</nclients><publishing/><active/></stream><nclients>2</nclients></live>`);
    expect(parseRtmpStat(xml, "live")).toEqual({
      pid: "42",
      publishers: [{ name: "pb_007", clientId: "1", bytesIn: 1234, unread: 7 }],
    });
  });

  it("lists none where nobody publishes", () => {
    const waiting = "<live><stream><name>pb_a</name><client><id>3</id></client></stream></live>";
    for (const live of ["", "<live>\r\n<nclients>0</nclients>\r\n</live>", waiting]) {
      expect(parseRtmpStat(page(live), "live").publishers).toEqual([]);
    }
    expect(parseRtmpStat(page(""), "another").publishers).toEqual([]);
  });

  it("refuses another page", () => {
    expect(() => parseRtmpStat("<html></html>", "live")).toThrow();
  });
});
