import { describe, expect, it } from "vitest";
import {
  initialState,
  type LifecycleEvent,
  type LifecycleState,
  resumedState,
  transition,
} from "./stream-lifecycle.ts";

const states: LifecycleState[] = [
  initialState,
  resumedState,
  { status: "starting", publisher: "1", shown: false },
  { status: "reconnecting", publisher: "1", shown: true },
  { status: "live", publisher: "1", shown: true },
  { status: "ended", publisher: null, shown: true },
];
const events: LifecycleEvent[] = [
  { type: "admitted", publisher: "2" },
  { type: "picture" },
  { type: "publisher-gone", publisher: "1" },
  { type: "publisher-gone", publisher: "7" },
  { type: "cut" },
  { type: "window-over" },
  { type: "end" },
];
const combinations = states.flatMap((state) =>
  events.flatMap((event) => [0, 60].map((windowSeconds) => ({ state, event, windowSeconds }))),
);
const follow = (windowSeconds: number, ...steps: LifecycleEvent[]) =>
  steps.reduce((state, event) => transition(state, event, windowSeconds).state, initialState);
const admitted = (publisher: string): LifecycleEvent => ({ type: "admitted", publisher });
const picture: LifecycleEvent = { type: "picture" };
const gone = (publisher: string): LifecycleEvent => ({ type: "publisher-gone", publisher });

describe("a broadcast's life", () => {
  it("goes from starting to live, through lost encoders, to its end", () => {
    expect(follow(60)).toMatchObject({ status: "starting", publisher: null });
    expect(follow(60, admitted("1"))).toMatchObject({ status: "starting", publisher: "1" });
    expect(follow(60, admitted("1"), picture)).toMatchObject({ status: "live" });
    expect(follow(60, admitted("1"), picture, gone("1"))).toMatchObject({
      status: "reconnecting",
      publisher: null,
    });
    const back = [admitted("1"), picture, gone("1"), admitted("2")];
    expect(follow(60, ...back)).toMatchObject({ status: "reconnecting", publisher: "2" });
    expect(follow(60, ...back, picture)).toMatchObject({ status: "live", publisher: "2" });
    expect(follow(60, ...back, picture, gone("2"), { type: "window-over" })).toMatchObject({
      status: "ended",
    });
  });

  it("never shows viewers a reconnect of what they have not seen", () => {
    expect(follow(60, admitted("1"), gone("1"))).toEqual({
      status: "starting",
      publisher: null,
      shown: false,
    });
  });

  it("ends at once where there is no reconnect window", () => {
    const { state, actions } = transition({ status: "live", publisher: "1", shown: true }, gone("1"), 0);
    expect(state.status).toBe("ended");
    expect(actions.map(({ type }) => type)).toEqual(["close-window", "end-broadcast"]);
  });

  it("cuts the publisher of a changed key and waits for the next", () => {
    const { state, actions } = transition(
      { status: "live", publisher: "1", shown: true },
      { type: "cut" },
      60,
    );
    expect(state).toMatchObject({ status: "reconnecting", publisher: null });
    expect(actions).toEqual([
      { type: "drop-publisher", publisher: "1" },
      { type: "finish-run" },
      { type: "open-window" },
    ]);
  });

  it("does not end a stream whose window ran out while its encoder was coming back", () => {
    const back: LifecycleState = { status: "reconnecting", publisher: "2", shown: true };
    expect(transition(back, { type: "window-over" }, 60)).toEqual({ state: back, actions: [] });
  });
});

describe("every state with every event", () => {
  it.each(combinations)(
    "$state.status, $state.publisher, $event.type, window $windowSeconds",
    ({ state, event, windowSeconds }) => {
      const { state: next, actions } = transition(state, event, windowSeconds);
      const types = actions.map(({ type }) => type);

      // The end is final, and nothing is done after it.
      if (state.status === "ended") expect({ next, actions }).toEqual({ next: state, actions: [] });
      // A broadcast is closed exactly when its state says so.
      expect(types.includes("end-broadcast")).toBe(next.status === "ended" && state.status !== "ended");
      // Whoever ends or is replaced while publishing is cut, unless it was the one that went.
      const left =
        state.publisher !== null && next.publisher !== state.publisher && event.type !== "publisher-gone";
      expect(types.includes("drop-publisher")).toBe(left);
      // Nobody waits for an encoder that is there, or after the end; somebody does after it went.
      if (types.includes("open-window")) expect(next).toMatchObject({ publisher: null });
      if (types.includes("open-window")) expect(next.status).not.toBe("ended");
      if (next.status === "ended" && state.status !== "ended") expect(types).toContain("close-window");
      // Live needs a publisher and a picture.
      if (next.status === "live") expect(next).toMatchObject({ shown: true, publisher: expect.any(String) });
      if (next.status === "reconnecting") expect(next.shown).toBe(true);
      // A late callback of another connection changes nothing.
      if (event.type === "publisher-gone" && event.publisher !== state.publisher) expect(next).toBe(state);
    },
  );
});
