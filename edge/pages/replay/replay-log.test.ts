import { expect, test } from "vitest";
import type { ReplayItem } from "../../protocol/engagement.ts";
import { nextSpan, ReplayLog } from "./replay-log.ts";

const minute = 60_000;
const item = (at: number): ReplayItem => ({
  seq: at,
  type: "chat:message",
  at: new Date(at).toISOString(),
  mediaSeconds: null,
  data: {},
});

/** A log with something said at each of these instants, and the spans it was asked for. */
function logOf(...instants: number[]) {
  const asked: [number, number][] = [];
  const log = new ReplayLog(async (from, to) => {
    asked.push([from, to]);
    return instants.filter((at) => at >= from && at < to).map(item);
  });
  return { log, asked };
}

const seqs = (items: ReplayItem[]) => items.map(({ seq }) => seq);

test("only what had been said by then is shown", async () => {
  const { log } = logOf(59 * minute, 60 * minute, 61 * minute);
  expect(await log.want(60 * minute)).toBe(true);
  expect(seqs(log.upTo(60 * minute))).toEqual([59 * minute, 60 * minute]);
});

test("where little was said, it is read from further back", async () => {
  const { log, asked } = logOf(35 * minute);
  await log.want(60 * minute);
  expect(asked).toEqual([
    [58 * minute, 61 * minute],
    [30 * minute, 58 * minute],
  ]);
  expect(seqs(log.upTo(60 * minute))).toEqual([35 * minute]);
});

test("as the picture goes on, what follows is read once, and nothing twice", async () => {
  const all = Array.from({ length: 60 }, (_, index) => 60 * minute + index * 5_000);
  const { log } = logOf(...all);
  for (let at = 60 * minute; at <= 65 * minute; at += 1_000) await log.want(at);
  expect(seqs(log.upTo(65 * minute))).toEqual(all);
});

test("back and far ahead, it begins anew there", async () => {
  const { log } = logOf(10 * minute, 60 * minute);
  await log.want(60 * minute);
  await log.want(10 * minute);
  expect(seqs(log.upTo(10 * minute))).toEqual([10 * minute]);
  await log.want(60 * minute);
  expect(seqs(log.upTo(60 * minute))).toEqual([60 * minute]);
});

test("a failure leaves what was read, and is tried again", async () => {
  let isAway = false;
  const log = new ReplayLog(async (from, to) => {
    if (isAway) throw new Error("away");
    return from <= minute && to > minute ? [item(minute)] : [];
  });
  await log.want(minute);
  isAway = true;
  await expect(log.want(100 * minute)).rejects.toThrow("away");
  expect(seqs(log.upTo(minute))).toEqual([minute]);
  isAway = false;
  expect(await log.want(100 * minute)).toBe(true);
});

test("while there is enough ahead, nothing is read", () => {
  const read = { from: 0, to: 2 * minute };
  expect(nextSpan(read, minute)).toBeNull();
  expect(nextSpan(read, 1.9 * minute)).toEqual({ from: 2 * minute, to: 3 * minute, isElsewhere: false });
});
