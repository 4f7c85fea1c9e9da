import { describe, expect, it } from "vitest";
import type { StreamSample } from "../../edge/protocol/stream-health.ts";
import { SampleQueue } from "./sample-queue.ts";

const sample = (tick: number): StreamSample => ({
  at: new Date(tick * 10_000).toISOString(),
  bitrateKbps: tick,
  frameRate: 30,
  keyframeIntervalSeconds: 2,
  droppedFrames: 0,
  audioDriftMs: null,
  encodingSpeed: null,
  backlogSeconds: 0,
  renditions: 4,
  viewers: 0,
});
const about = (name: string, reconnects = 0) => ({
  streamId: `str_${name}`,
  broadcastId: `brd_${name}`,
  shed: [],
  reconnects,
});
const ticks = (queue: SampleQueue) =>
  Object.fromEntries(
    queue
      .next()
      .map(({ broadcastId, samples }) => [broadcastId, samples.map(({ bitrateKbps }) => bitrateKbps)]),
  );

describe("samples that wait for the edge", () => {
  it("wait until they were taken, with what is true of the stream now", () => {
    const queue = new SampleQueue();
    queue.add(about("a"), sample(1));
    queue.add(about("a", 1), sample(2));
    const sent = queue.next();
    expect(sent).toEqual([{ ...about("a", 1), samples: [sample(1), sample(2)] }]);
    expect(queue.length).toBe(2);
    queue.add(about("a", 2), sample(3));
    queue.delivered(sent);
    expect(ticks(queue)).toEqual({ brd_a: [3] });
    queue.delivered(queue.next());
    expect([queue.length, queue.next()]).toEqual([0, []]);
  });

  it("are at most two hours of a stream: the oldest go, and none of them are gone twice", () => {
    const queue = new SampleQueue();
    for (let tick = 0; tick < 720; tick++) queue.add(about("a"), sample(tick));
    const sent = queue.next();
    expect(sent[0]!.samples).toHaveLength(360);
    for (let tick = 720; tick < 730; tick++) queue.add(about("a"), sample(tick));
    expect(queue.length).toBe(720);
    queue.delivered(sent);
    expect([queue.length, ticks(queue).brd_a![0]]).toEqual([370, 360]);
  });

  it("travel in requests that the edge takes, and every stream has its turn", () => {
    const queue = new SampleQueue();
    for (let stream = 0; stream < 450; stream++)
      for (let tick = 0; tick < 3; tick++) queue.add(about(String(stream)), sample(tick));
    for (let tick = 3; tick < 700; tick++) queue.add(about("0"), sample(tick));
    const seen = new Set<string>();
    for (let request = 0; queue.length > 0; request++) {
      const next = queue.next();
      expect(next.length).toBeLessThanOrEqual(200);
      expect(next.reduce((sum, { samples }) => sum + samples.length, 0)).toBeLessThanOrEqual(2000);
      for (const { broadcastId, samples } of next) {
        seen.add(broadcastId);
        expect(samples.length).toBeLessThanOrEqual(360);
      }
      queue.delivered(next);
      expect(request).toBeLessThan(6);
    }
    expect(seen.size).toBe(450);
  });

  it("are bounded over all streams, at the cost of whoever has most", () => {
    const queue = new SampleQueue();
    for (let stream = 0; stream < 40; stream++)
      for (let tick = 0; tick < 600; tick++) queue.add(about(String(stream)), sample(tick));
    expect(queue.length).toBe(20_000);
    queue.add(about("new"), sample(1));
    expect(queue.length).toBe(20_000);
  });
});
