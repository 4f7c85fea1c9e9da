/** What a power cut has left of a recording's segments. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { initFile, segmentFile } from "../packager/media-playlist.ts";
import {
  type PublishedRun,
  type PublishedSegment,
  PublishedTimeline,
} from "../packager/published-timeline.ts";
import { salvageSegment } from "../packager/segment-salvage.ts";

/**
 * Of the segments that the journal names: up to the first that is not there whole in all its renditions, and of that
 * one what all of them have; files are cut to that.
 */
export async function whatIsThere(
  directory: string,
  journaled: PublishedTimeline,
): Promise<PublishedTimeline> {
  const found = new PublishedTimeline(journaled.slots, Number.POSITIVE_INFINITY);
  found.ended = journaled.ended;
  found.targetDuration = journaled.targetDuration;
  for (const segment of journaled.segments) {
    const run = journaled.run(segment.run);
    const there = await segmentAsFound(directory, segment, run);
    if (there === null) break;
    if (found.lastRun?.run !== run.run) found.addRun(run);
    found.append(there);
    if (there !== segment) break;
  }
  return found;
}

/** Without any of its renditions, players that show that one would stop there: null then. */
async function segmentAsFound(
  directory: string,
  segment: PublishedSegment,
  { renditions }: PublishedRun,
): Promise<PublishedSegment | null> {
  const bytes: number[] = [];
  let durationSeconds = segment.durationSeconds;
  for (const [index, { slot }] of renditions.entries()) {
    const expected = segment.bytes[index]!;
    const path = join(directory, `v${slot}`, segmentFile(segment.sequence));
    const size = await stat(path).then(
      (file) => file.size,
      () => 0,
    );
    if (size >= expected) {
      bytes.push(expected);
      continue;
    }
    const salvaged = await salvageSegment(path, join(directory, `v${slot}`, initFile(segment.run)));
    if (salvaged === null) return null;
    bytes.push(salvaged.bytes);
    durationSeconds = Math.min(durationSeconds, salvaged.durationSeconds);
  }
  return bytes.every((each, index) => each === segment.bytes[index])
    ? segment
    : { ...segment, bytes, durationSeconds };
}
