import { expect, test } from "vitest";
import { decidePublish, type PublishFacts } from "./publish-decision.ts";

const now = new Date("2026-01-01T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const idle: PublishFacts = { status: "idle", mediaNodeId: null, heartbeatAt: null, eventStatus: "live" };

test("an idle stream may be published anywhere, also without a session", () => {
  expect(decidePublish(idle, "nod_a", now).allowed).toBe(true);
  expect(decidePublish({ ...idle, eventStatus: null }, "nod_a", now).allowed).toBe(true);
});

test("an ended stream may be published again, on any node", () => {
  const ended = { ...idle, status: "ended", mediaNodeId: "nod_b", heartbeatAt: ago(1) } as const;
  expect(decidePublish(ended, "nod_a", now)).toEqual({ allowed: true, takenFromNodeId: null });
});

test("an event that is over takes no publisher", () => {
  for (const eventStatus of ["ended", "cancelled"] as const) {
    expect(decidePublish({ ...idle, eventStatus }, "nod_a", now)).toEqual({
      allowed: false,
      reason: "event-over",
    });
  }
});

test("a stream that is live on another node with a fresh heartbeat is refused", () => {
  for (const status of ["starting", "live"] as const) {
    const held = { ...idle, status, mediaNodeId: "nod_b", heartbeatAt: ago(14) };
    expect(decidePublish(held, "nod_a", now)).toEqual({ allowed: false, reason: "live-elsewhere" });
    expect(decidePublish(held, "nod_b", now).allowed, "its own node decides by itself").toBe(true);
  }
});

test("a stream of a node that has gone silent, or that waits for its encoder, is taken over", () => {
  const silent = { ...idle, status: "live", mediaNodeId: "nod_b", heartbeatAt: ago(16) } as const;
  const waiting = { ...silent, status: "reconnecting", heartbeatAt: ago(1) } as const;
  for (const facts of [silent, waiting, { ...silent, heartbeatAt: null }]) {
    expect(decidePublish(facts, "nod_a", now)).toEqual({ allowed: true, takenFromNodeId: "nod_b" });
  }
});
