import { expect, test } from "vitest";
import { type SessionTimes, spanOfSession, unionSeconds } from "./report-spans.ts";

const at = (minute: number) => new Date(Date.UTC(2027, 3, 1, 9, minute));
const now = at(30);
const nothing: SessionTimes = {
  status: "scheduled",
  startsAt: null,
  endsAt: null,
  firstBroadcastAt: null,
  lastBroadcastEndedAt: null,
  onAir: false,
  firstSeenAt: null,
  lastSeenAt: null,
};
const spanOf = (times: Partial<SessionTimes>) => spanOfSession({ ...nothing, ...times }, now);

test("a session that has not begun has no span", () => {
  expect(spanOf({})).toBeNull();
  expect(spanOf({ startsAt: at(31), endsAt: at(60) })).toBeNull();
  expect(spanOf({ status: "cancelled", startsAt: at(0), endsAt: at(10) })).toBeNull();
  // People wait in its room, and it is not live.
  expect(spanOf({ startsAt: at(31), firstSeenAt: at(10), lastSeenAt: at(29) })).toBeNull();
});

test("it begins with its first broadcast, early or late, and lasts until now while it is on air", () => {
  const onAir = { status: "live", startsAt: at(10), endsAt: at(20), onAir: true } as const;
  expect(spanOf({ ...onAir, firstBroadcastAt: at(8) })).toEqual({ from: at(8), to: now, runs: true });
  expect(spanOf({ ...onAir, firstBroadcastAt: at(12) })).toMatchObject({ from: at(12), to: now });
});

test("between two broadcasts it goes on as long as it is live and has time", () => {
  const broadcast = { firstBroadcastAt: at(0), lastBroadcastEndedAt: at(20) };
  expect(spanOf({ ...broadcast, status: "live", endsAt: at(40) })).toMatchObject({ to: now, runs: true });
  expect(spanOf({ ...broadcast, status: "ended", endsAt: at(40) })).toMatchObject({
    to: at(20),
    runs: false,
  });
  // Nobody ended it: its last broadcast did.
  expect(spanOf({ ...broadcast, status: "live" })).toMatchObject({ to: at(20), runs: false });
  expect(spanOf({ ...broadcast, status: "live", endsAt: at(25) })).toMatchObject({ to: at(20), runs: false });
});

test("without a broadcast it is as planned, or from the first sign of anyone to the last", () => {
  const planned = { startsAt: at(0), endsAt: at(20) };
  expect(spanOf(planned)).toEqual({ from: at(0), to: at(20), runs: false });
  expect(spanOf({ ...planned, endsAt: at(40) })).toEqual({ from: at(0), to: now, runs: true });
  const noticed = { firstSeenAt: at(5), lastSeenAt: at(15) };
  expect(spanOf({ status: "live", ...noticed })).toEqual({ from: at(5), to: now, runs: true });
  expect(spanOf({ status: "ended", ...noticed })).toEqual({ from: at(5), to: at(15), runs: false });
  // Ended before its planned end.
  expect(spanOf({ status: "ended", startsAt: at(0), endsAt: at(40), ...noticed })).toMatchObject({
    to: at(15),
  });
});

test("a session whose stream went to another one while it was live ends with the last sign of anyone", () => {
  expect(spanOf({ firstBroadcastAt: at(0), lastSeenAt: at(12), status: "ended" })).toMatchObject({
    to: at(12),
  });
});

test("an end before the beginning makes no time, and is none", () => {
  expect(spanOf({ status: "ended", startsAt: at(10), endsAt: at(10) })).toEqual({
    from: at(10),
    to: at(10),
    runs: false,
  });
  expect(spanOf({ firstBroadcastAt: at(20), lastBroadcastEndedAt: at(10) })).toMatchObject({ to: at(20) });
});

test("parallel sessions count once, and pauses between sessions do not", () => {
  expect(unionSeconds([])).toBe(0);
  const spans = [
    { from: at(10), to: at(20) },
    { from: at(0), to: at(5) },
    { from: at(12), to: at(15) },
    { from: at(18), to: at(25) },
    { from: at(40), to: at(40) },
  ];
  expect(unionSeconds(spans)).toBe(20 * 60);
});
