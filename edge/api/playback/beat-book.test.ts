import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlaybackBeat } from "../../protocol/streams.ts";
import { BeatBook, type HeardBeat } from "./beat-book.ts";
import { mostRecentPlays } from "./recent-plays.ts";
import { aBeat, anyArrival, anyPlay } from "./test-beats.ts";
import { joinMinutes, type ToldMinute } from "./told-minute.ts";

const start = Date.UTC(2027, 3, 1, 7, 0, 5);
const claims = { streamId: "str_a", viewerId: "vwr_a", generation: 0 };
const desktop = { device: "desktop", browser: "Firefox" } as const;
const newBook = (mostWaiting?: number) => new BeatBook(() => {}, mostWaiting);
const heard = (beat: PlaybackBeat, at: Date, more: Partial<HeardBeat> = {}): HeardBeat => ({
  claims,
  beat,
  at,
  freshSeconds: 45,
  device: () => desktop,
  ...more,
});
const after = (seconds: number) => new Date(start + seconds * 1000);
const all = (book: BeatBook) => book.oldest(1_000_000);
const byMinute = (one: ToldMinute, other: ToldMinute) => one.minute - other.minute;
/** What two processes wrote, as the database joins it. */
const joined = (...books: BeatBook[]) => {
  const rows = new Map<number, ToldMinute>();
  for (const told of books.flatMap(all)) {
    const before = rows.get(told.minute);
    rows.set(told.minute, before ? joinMinutes(before, told) : told);
  }
  return [...rows.values()].sort(byMinute);
};

test("of a minute's beats the newest says how it stands, and the first when it began", () => {
  const book = newBook();
  book.take(heard(aBeat({ beat: 1, playedSeconds: 0 }), after(0)));
  book.take(heard(aBeat({ beat: 2, playedSeconds: 14, joinMs: 700 }), after(15)));
  book.take(heard(aBeat({ beat: 3, playedSeconds: 20, playing: false, ended: true }), after(21)));
  expect(all(book)).toMatchObject([
    { minute: start - 5000, firstAt: start, lastAt: start + 21_000, beat: 3, playedSeconds: 20, joinMs: 700 },
  ]);
  expect(all(book)[0]).toMatchObject({ playing: false, ended: true, ...desktop });
});

test("a minute of the server's clock begins a row", () => {
  const book = newBook();
  for (const [beat, seconds] of [54, 55, 115].entries()) book.take(heard(aBeat({ beat }), after(seconds)));
  expect(all(book).map(({ minute }) => (minute - (start - 5000)) / 60_000)).toEqual([0, 1, 2]);
});

test("an old beat that comes again after newer ones changes nothing, and a doubled one moves no time", () => {
  const book = newBook();
  const newest = aBeat({ beat: 7, playedSeconds: 90, playing: false });
  book.take(heard(newest, after(1)));
  const before = all(book);
  book.take(heard(aBeat({ beat: 2, playedSeconds: 15, playing: true }), after(20)));
  book.take(heard(newest, after(30)));
  expect(all(book)).toEqual(before);
});

test("counters that run backwards are taken at their highest", () => {
  const book = newBook();
  book.take(heard(aBeat({ beat: 1, playedSeconds: 40, stalls: 3, stallSeconds: 9, errors: 2 }), after(0)));
  book.take(heard(aBeat({ beat: 2, playedSeconds: 5 }), after(9)));
  expect(all(book)).toMatchObject([{ beat: 2, playedSeconds: 40, stalls: 3, stallSeconds: 9, errors: 2 }]);
});

test("beats in any order, doubled, and through two processes come to the same rows", () => {
  const scene = anyPlay.chain((sent) => fc.record({ sent: fc.constant(sent), arrival: anyArrival(sent, 2) }));
  fc.assert(
    fc.property(scene, ({ sent, arrival }) => {
      const inOrder = newBook();
      for (const { beat, at } of sent) inOrder.take(heard(beat, at));
      const books = [newBook(), newBook()];
      for (const { each, book } of arrival) books[book]!.take(heard(each.beat, each.at));
      expect(joined(...books)).toEqual(joined(inOrder));
    }),
  );
});

test("beats lost but the last of each minute lose nothing but when the minute's first came", () => {
  fc.assert(
    fc.property(anyPlay, (sent) => {
      const [whole, lossy] = [newBook(), newBook()];
      const minuteOf = ({ at }: { at: Date }) => Math.floor(at.getTime() / 60_000);
      sent.forEach((each, index) => {
        whole.take(heard(each.beat, each.at));
        const next = sent[index + 1];
        if (!next || minuteOf(next) !== minuteOf(each)) lossy.take(heard(each.beat, each.at));
      });
      const counted = (book: BeatBook) => joined(book).map(({ firstAt, joinMs, ...rest }) => rest);
      expect(counted(lossy)).toEqual(counted(whole));
    }),
  );
});

test("what was written is forgotten, and what grew while it was being written stays", () => {
  const book = newBook();
  book.take(heard(aBeat({ playId: "play_one_1" }), after(0)));
  book.take(heard(aBeat({ playId: "play_two_2" }), after(0)));
  const piece = book.oldest(10);
  book.take(heard(aBeat({ playId: "play_two_2", beat: 2 }), after(1)));
  book.settle(piece, [], after(2));
  expect(all(book)).toMatchObject([{ playId: "play_two_2", beat: 2 }]);
});

test("without a write it holds so many and gives up the oldest, telling of each", () => {
  let lost = 0;
  const book = new BeatBook(() => lost++, 3);
  for (let minute = 0; minute < 5; minute++) book.take(heard(aBeat({ beat: minute }), after(60 * minute)));
  expect([book.waiting, lost]).toEqual([3, 2]);
  expect(all(book).map(({ beat }) => beat)).toEqual([2, 3, 4]);
});

test("the tokens of beats that the database passed over are refused for a minute; newer ones are not", () => {
  const book = newBook();
  book.take(heard(aBeat(), after(0)));
  book.settle(all(book), [claims], after(1));
  expect(book.take(heard(aBeat({ beat: 2 }), after(2)))).toBe("refused");
  expect(book.take(heard(aBeat({ beat: 2 }), after(2), { claims: { ...claims, generation: 1 } }))).toBe(
    "taken",
  );
  expect(book.take(heard(aBeat({ beat: 2 }), after(2), { claims: { ...claims, viewerId: "vwr_b" } }))).toBe(
    "taken",
  );
  expect(book.take(heard(aBeat({ beat: 3 }), after(62)))).toBe("taken");
});

test("a viewer has so many plays of a stream; one that was not heard for long makes room, ended or not", () => {
  const book = newBook();
  const play = (index: number) => `play_${String(index).padStart(8, "0")}`;
  const tell = (index: number, seconds: number, more: Partial<PlaybackBeat> = {}) =>
    book.take(heard(aBeat({ playId: play(index), ...more }), after(seconds)));
  for (let index = 0; index < mostRecentPlays; index++) expect(tell(index, 0)).toBe("taken");
  expect(tell(mostRecentPlays, 1)).toBe("too-many-plays");
  expect(tell(3, 1, { beat: 2 })).toBe("taken");
  expect(tell(3, 2, { beat: 3, ended: true })).toBe("taken");
  expect(tell(mostRecentPlays, 3)).toBe("too-many-plays");
  expect(tell(mostRecentPlays, 46)).toBe("too-many-plays");
  expect(tell(mostRecentPlays, 200)).toBe("taken");
});

test("plays that end with their first beat make no more rows than plays that stay open", () => {
  const book = newBook();
  const [minutes, freshSeconds] = [10, 60];
  for (let second = 0; second < minutes * 60; second++) {
    const beat = aBeat({ playId: `play_${String(second).padStart(8, "0")}`, ended: true, playing: false });
    book.take(heard(beat, after(second), { freshSeconds }));
  }
  expect(book.waiting).toBeLessThanOrEqual(minutes * mostRecentPlays);
});

test("a device is asked for once a play", () => {
  const book = newBook();
  let asked = 0;
  const device = () => {
    asked++;
    return desktop;
  };
  for (const seconds of [0, 15, 30, 45, 60, 75, 90])
    book.take(heard(aBeat({ beat: seconds }), after(seconds), { device }));
  expect(asked).toBe(1);
});
