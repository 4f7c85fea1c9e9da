import { describe, expect, test } from "vitest";
import { type StageFacts, stageView } from "./stage-view.ts";

const now = Date.parse("2026-01-01T10:00:00Z");
const view = (facts: Partial<StageFacts>) =>
  stageView({ status: "idle", player: "empty", startsAt: null, endedAt: null, now, refusal: null, ...facts });

describe("the stage", () => {
  test("shows the picture alone while it plays", () => {
    expect(view({ status: "live", player: "playing" }).kind).toBe("clear");
    expect(view({ status: "live", player: "paused" }).kind).toBe("clear");
  });

  test("says when it begins, if that is still to come", () => {
    expect(view({ startsAt: "2026-01-01T11:30:00Z" }).headline).toMatch(/^Starts at /);
    expect(view({ startsAt: "2026-01-09T11:30:00Z" }).headline).toMatch(/^Starts .*January/);
    expect(view({ startsAt: "2026-01-01T09:30:00Z" }).headline).toBe("Not on air yet");
    expect(view({}).headline).toBe("Not on air yet");
  });

  test("lets the buffer play on in an interruption, then says so over the last picture", () => {
    expect(view({ status: "reconnecting", player: "playing" }).kind).toBe("clear");
    expect(view({ status: "reconnecting", player: "stalled" })).toMatchObject({
      kind: "veil",
      headline: "A short interruption",
    });
  });

  test("says that it has ended once the last picture was seen", () => {
    expect(view({ status: "ended", player: "playing" }).kind).toBe("clear");
    expect(view({ status: "ended", player: "drained" })).toMatchObject({
      kind: "card",
      headline: "The stream has ended",
    });
  });

  test("a refusal goes before everything", () => {
    expect(view({ status: "live", player: "recovering", refusal: "Only for members." })).toMatchObject({
      kind: "card",
      detail: "Only for members.",
    });
  });
});
