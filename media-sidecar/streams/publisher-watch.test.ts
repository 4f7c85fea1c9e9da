import { describe, expect, it } from "vitest";
import type { RtmpStat } from "../nginx/rtmp-stat.ts";
import { type HeldPublisher, PublisherWatch } from "./publisher-watch.ts";

const held: HeldPublisher = { playbackId: "pb_a", clientId: "4", nginxPid: "100", admittedAtMs: 0 };
const stat = (publishers: RtmpStat["publishers"], pid = "100"): RtmpStat => ({ pid, publishers });
const present = stat([{ name: "pb_a", clientId: "4", bytesIn: 10, unread: 0 }]);

describe("the watch over publishers", () => {
  it("is content with who was let in and is there", () => {
    expect(new PublisherWatch().observe(present, [held], 60_000)).toEqual({ gone: [], intruders: [] });
  });

  it("gives a publisher a moment to arrive, and a second look before it counts as gone", () => {
    const watch = new PublisherWatch();
    expect(watch.observe(stat([]), [held], 1000).gone).toEqual([]);
    expect(watch.observe(stat([]), [held], 3000).gone).toEqual([]);
    expect(watch.observe(stat([]), [held], 4000).gone).toEqual([held]);
  });

  it("forgets one miss when the publisher is seen again", () => {
    const watch = new PublisherWatch();
    watch.observe(stat([]), [held], 9000);
    watch.observe(present, [held], 10_000);
    expect(watch.observe(stat([]), [held], 11_000).gone).toEqual([]);
  });

  it("knows that all are gone when nginx-rtmp is another process or none", () => {
    const reborn = stat([{ name: "pb_a", clientId: "4", bytesIn: 1, unread: 0 }], "101");
    expect(new PublisherWatch().observe(reborn, [held], 100).gone).toEqual([held]);
    const watch = new PublisherWatch();
    watch.observe(null, [held], 9000);
    expect(watch.observe(null, [held], 10_000).gone).toEqual([held]);
  });

  it("points at a publisher that nobody let in, at the second look", () => {
    const watch = new PublisherWatch();
    const stranger = { name: "pb_a", clientId: "5", bytesIn: 1, unread: 0 };
    const both = stat([...present.publishers, stranger]);
    expect(watch.observe(both, [held], 1000).intruders).toEqual([]);
    expect(watch.observe(both, [held], 2000).intruders).toEqual([stranger]);
  });

  it("measures for how long a publisher has said nothing", () => {
    const watch = new PublisherWatch();
    expect(watch.silentSeconds("pb_a", 0)).toBe(0);
    watch.observe(present, [held], 1000);
    watch.observe(present, [held], 5000);
    expect(watch.silentSeconds("pb_a", 5000)).toBe(4);
    watch.observe(stat([{ name: "pb_a", clientId: "4", bytesIn: 11, unread: 0 }]), [held], 6000);
    expect(watch.silentSeconds("pb_a", 6000)).toBe(0);
    watch.observe(stat([]), [], 7000);
    expect(watch.silentSeconds("pb_a", 9000)).toBe(0);
  });

  it("does not take its own silence for a publisher's", () => {
    const watch = new PublisherWatch();
    watch.observe(present, [held], 1000);
    // Nobody looked for five seconds, in which the publisher went on.
    watch.measure(stat([{ name: "pb_a", clientId: "4", bytesIn: 500, unread: 0 }]), 6000);
    expect(watch.silentSeconds("pb_a", 6000)).toBe(0);
  });
});
