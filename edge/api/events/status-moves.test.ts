import { expect, test } from "vitest";
import { EventStatus, SessionStatus } from "../../protocol/events.ts";
import { eventMovesFrom, isOver, mayMoveEvent, mayMoveSession, sessionMovesFrom } from "./status-moves.ts";

test.each([
  ["draft", "scheduled live cancelled"],
  ["scheduled", "draft live ended cancelled"],
  ["live", "ended cancelled"],
  ["ended", "live"],
  ["cancelled", "draft scheduled"],
] as const)("an event that is %s may become %s, stay, and nothing else", (from, allowed) => {
  expect(eventMovesFrom(from).join(" ")).toBe(allowed);
  for (const to of EventStatus.options) {
    expect(mayMoveEvent(from, to), to).toBe(from === to || allowed.split(" ").includes(to));
  }
});

test.each([
  ["scheduled", "live ended cancelled"],
  ["live", "ended cancelled"],
  ["ended", "live"],
  ["cancelled", "scheduled"],
] as const)("a session that is %s may become %s, stay, and nothing else", (from, allowed) => {
  expect(sessionMovesFrom(from).join(" ")).toBe(allowed);
  for (const to of SessionStatus.options) {
    expect(mayMoveSession(from, to), to).toBe(from === to || allowed.split(" ").includes(to));
  }
});

test("an event is over when it has ended or was cancelled", () => {
  expect(EventStatus.options.filter(isOver)).toEqual(["ended", "cancelled"]);
});
