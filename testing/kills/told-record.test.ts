import { expect, test } from "vitest";
import { type Numbered, ToldRecord } from "./told-record.ts";

const mine = { votes: {}, upvotes: [], asked: [], questions: [], messages: [], mutedUntil: null };
const snapshot = { messages: [], pinned: [], polls: [], questions: [] };
const message = (seq: number) =>
  ({ type: "chat:message", sessionId: "ses_a", seq, data: { id: `msg_${seq}` } }) as unknown as Numbered;

test("events are kept once and in order; what comes again is counted, what comes late is named", () => {
  const record = new ToldRecord();
  record.joined({ seq: 4, snapshot, mine });
  for (const seq of [5, 7, 7, 6, 3]) record.event(message(seq));
  expect([...record.events.keys()]).toEqual([5, 7]);
  expect(record.events.get(7)).toBe("chat:message msg_7");
  expect([record.repeated, record.late]).toEqual([2, [6]]);
});

test("a resume goes on from the highest seq told; a snapshot instead is a leap", () => {
  const record = new ToldRecord();
  record.joined({ seq: 4, snapshot, mine });
  record.event(message(5));
  record.passed(9);
  record.joined({ seq: 9, mine });
  expect([record.highest, record.leaps]).toEqual([9, []]);
  record.joined({ seq: 20, snapshot, mine });
  expect([record.from, record.highest, record.leaps]).toEqual([4, 20, [{ after: 9, to: 20 }]]);
});
