import { describe, expect, test } from "vitest";
import { type KnownStatus, orderFor, StreamStatusKeeper } from "./stream-status.ts";

const at = (
  status: KnownStatus["status"],
  startedAt: string | null = "2026-01-01T10:00:00Z",
): KnownStatus => ({
  status,
  startedAt,
});

describe("what is known of the stream", () => {
  test("a push counts, and says whether it changed anything", () => {
    const keeper = new StreamStatusKeeper(at("idle"));
    expect(keeper.pushed(at("live"))).toBe(true);
    expect(keeper.pushed(at("live"))).toBe(false);
    expect(keeper.known.status).toBe("live");
  });

  test("a poll that was asked before a push does not undo it", () => {
    const keeper = new StreamStatusKeeper(at("live"));
    const answered = keeper.polling();
    keeper.pushed(at("ended"));
    expect(answered(at("live"))).toBe(false);
    expect(keeper.known.status).toBe("ended");
  });

  test("a poll alone is enough", () => {
    const keeper = new StreamStatusKeeper(at("live"));
    expect(keeper.polling()(at("reconnecting"))).toBe(true);
  });
});

describe("what the player is told", () => {
  test("a stream that goes live is loaded, whatever was before", () => {
    for (const before of ["idle", "starting", "ended"] as const) {
      expect(orderFor(at(before), at("live"), false)).toBe("start");
    }
    expect(orderFor(null, at("live"), false)).toBe("start");
  });

  test("an encoder that returns within its window goes on in the same playlist", () => {
    expect(orderFor(at("live"), at("reconnecting"), true)).toBe("keep");
    expect(orderFor(at("reconnecting"), at("live"), true)).toBe("keep");
  });

  test("whoever comes during an interruption loads what is held open", () => {
    expect(orderFor(null, at("reconnecting"), false)).toBe("start");
  });

  test("an ended stream plays its buffer to the end, and shows nothing to who comes later", () => {
    expect(orderFor(at("live"), at("ended"), true)).toBe("drain");
    expect(orderFor(null, at("ended"), false)).toBe("stop");
  });

  test("a new broadcast is loaded anew even if its end was never heard", () => {
    expect(orderFor(at("live"), at("live", "2026-01-01T11:00:00Z"), true)).toBe("start");
    expect(orderFor(at("ended"), at("live", "2026-01-01T11:00:00Z"), true)).toBe("start");
  });
});
