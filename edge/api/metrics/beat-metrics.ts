/** What one process counts of players' beats. */
import { Counter, Histogram, renderGauge } from "./series.ts";

export interface BeatMetrics {
  /** `refused`: by its token or its shape; `limited`: too many from one address, or too many plays of one viewer. */
  beat(outcome: "taken" | "refused" | "limited"): void;
  /** Rows of minutes that reached the database, and those that it did not take. */
  written(rows: number, passedOver: number): void;
  batchEnded(seconds: number, succeeded: boolean): void;
  /** A minute that was given up for want of room, while the database was away for long. */
  lost(): void;
  /** What waits is asked of the book when somebody looks. */
  watch(book: { readonly waiting: number }): void;
  render(): string;
}

export function createBeatMetrics(): BeatMetrics {
  const beats = new Counter("rostrum_beats_total", "Beats of players that came, by what became of them.");
  const rows = new Counter(
    "rostrum_beat_rows_total",
    "Minutes of plays: written, passed over since their viewer may not watch any more, or lost for want of room.",
  );
  const batches = new Histogram(
    "rostrum_beat_batch_seconds",
    "Seconds of a write of all beats that waited.",
    [0.005, 0.025, 0.1, 0.5, 2.5, 10],
  );
  let watched = { waiting: 0 };
  return {
    beat: (outcome) => beats.add({ outcome }),
    written(count, passedOver) {
      rows.add({ outcome: "written" }, count);
      if (passedOver > 0) rows.add({ outcome: "passed-over" }, passedOver);
    },
    batchEnded: (seconds, succeeded) => batches.observe({ outcome: succeeded ? "ok" : "failed" }, seconds),
    lost: () => rows.add({ outcome: "lost" }),
    watch(book) {
      watched = book;
    },
    render: () =>
      [
        beats.render(),
        rows.render(),
        batches.render(),
        renderGauge("rostrum_beats_waiting", "Minutes of plays that are not written yet.", [
          [{}, watched.waiting],
        ]),
      ].join(""),
  };
}
