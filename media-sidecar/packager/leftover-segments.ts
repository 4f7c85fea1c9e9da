import type { PublishedRun } from "./published-timeline.ts";
import { salvageSegment } from "./segment-salvage.ts";
import type { SegmentStore } from "./segment-store.ts";

export interface LeftoverSegment {
  /** In the order of the run's renditions, as `bytes`. */
  readonly paths: readonly string[];
  readonly bytes: readonly number[];
  /** On the run's clock. */
  readonly startMs: number;
  /** What all renditions have of it. */
  readonly durationSeconds: number;
}

/** Segments of a run that were written but never published, in order, up to the first that a rendition lacks. */
export async function* leftoverSegments(
  store: SegmentStore,
  { run, renditions }: PublishedRun,
): AsyncGenerator<LeftoverSegment> {
  const lists = await Promise.all(renditions.map(({ slot }) => store.leftovers(slot, run)));
  for (const index of [...lists[0]!.keys()].sort((a, b) => a - b)) {
    const paths = lists.flatMap((list) => list.get(index) ?? []);
    if (paths.length < renditions.length) return;
    const salvage = async (mostDecodedMs?: number) => {
      const found = await Promise.all(
        paths.map((path, rendition) =>
          salvageSegment(path, store.initPath(renditions[rendition]!.slot, run), mostDecodedMs),
        ),
      );
      return found.filter((each) => each !== null);
    };
    const written = await salvage();
    if (written.length < renditions.length) return;
    // An encoder may have been fragments behind the copied rendition: what not all have would be told of none.
    const whole = await salvage(Math.min(...written.map(({ decodedMs }) => decodedMs)));
    if (whole.length < renditions.length) return;
    const durationSeconds = Math.min(...whole.map((each) => each.durationSeconds));
    const startMs = whole[0]!.startMs;
    yield { paths, bytes: whole.map(({ bytes }) => bytes), startMs, durationSeconds };
  }
}
