/** Beats for tests: of one play, or of any. */
import fc from "fast-check";
import type { PlaybackBeat } from "../../protocol/streams.ts";

/** A first beat of a play that has just begun, by a token that only the HTTP route looks at. */
export function aBeat(more: Partial<PlaybackBeat> = {}): PlaybackBeat {
  return {
    token: "token",
    playId: "play_aaaaaaaa",
    beat: 1,
    playing: true,
    ended: false,
    playedSeconds: 0,
    renditions: {},
    stalls: 0,
    stallSeconds: 0,
    errors: 0,
    ...more,
  };
}

const wholeSecond = fc.integer({ min: 0, max: 40 });

/** An honest play of up to some minutes: its beats in order, with the milliseconds of the server's clock they came at. */
export const anyPlay = fc
  .array(
    fc.record({
      afterMs: fc.integer({ min: 1, max: 40_000 }),
      played: wholeSecond,
      stalled: wholeSecond,
      faults: fc.integer({ min: 0, max: 2 }),
      playing: fc.boolean(),
      latency: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let at = Date.UTC(2027, 3, 1, 7);
    const sum = { played: 0, stalls: 0, stalled: 0, errors: 0 };
    return steps.map((step, index) => {
      at += step.afterMs;
      sum.played += step.played;
      sum.stalls += step.stalled > 0 ? 1 : 0;
      sum.stalled += step.stalled;
      sum.errors += step.faults;
      const beat = aBeat({
        beat: index + 1,
        playing: step.playing,
        ended: index === steps.length - 1,
        playedSeconds: sum.played,
        renditions: { "720p": sum.played },
        stalls: sum.stalls,
        stallSeconds: sum.stalled,
        errors: sum.errors,
        ...(index === 0 ? {} : { joinMs: 700 }),
        ...(step.latency === undefined ? {} : { latencySeconds: step.latency }),
      });
      return { beat, at: new Date(at) };
    });
  });

/** What came, in another order, some of it twice, and in whose hands each came. */
export function anyArrival<T>(sent: readonly T[], books: number) {
  return fc
    .tuple(
      fc.shuffledSubarray([...sent], { minLength: sent.length }),
      fc.array(fc.nat(sent.length - 1), { maxLength: 6 }),
    )
    .chain(([once, again]) =>
      fc.shuffledSubarray([...once, ...again.map((index) => sent[index]!)], {
        minLength: once.length + again.length,
      }),
    )
    .chain((arrived) =>
      fc
        .array(fc.nat(books - 1), { minLength: arrived.length, maxLength: arrived.length })
        .map((hands) => arrived.map((each, index) => ({ each, book: hands[index]! }))),
    );
}
