import type { OpenSegment, PublishedSegment, PublishedTimeline, SegmentParts } from "./published-timeline.ts";

/** fMP4 in EXT-X-MAP needs 6 (RFC 8216bis §8); Apple's tools ask for 7 with it. EXT-X-SKIP needs 9. */
export const playlistVersion = 7;
const skippingVersion = 9;

/** Where nginx serves the files of a broadcast; without a prefix, beside the playlist. */
export function segmentPath(prefix: string | null, slot: number, file: string): string {
  return `${prefix === null ? "" : `/hls/${prefix}/`}v${slot}/${file}`;
}

export function segmentFile(sequence: number): string {
  return `${sequence}.m4s`;
}

export function partFile(sequence: number, part: number): string {
  return `${sequence}-${part}.m4s`;
}

export function initFile(run: number): string {
  return `init-${run}.mp4`;
}

export interface MediaPlaylistOptions {
  /** Null: files are found beside the playlist. */
  readonly prefix: string | null;
  /** PART-TARGET, the same for the broadcast's life; null where players get whole segments only. */
  readonly partTargetSeconds: number | null;
  /** Leave out old segments (§6.2.5.1). */
  readonly skip: boolean;
  /** Is another part to be expected? */
  readonly hint: boolean;
  /** EXT-X-PLAYLIST-TYPE: of a recording, which loses nothing at its beginning; absent of a window. */
  readonly type?: "EVENT" | "VOD";
}

/** §4.4.3.8: the least that a server may say. */
const skipTargetDurations = 6;
const holdBackTargetDurations = 3;
const holdBackParts = 3;

/** The Media Playlist of a slot (RFC 8216bis §4.4.3 to §4.4.5). Every slot has the same segments at the same times. */
export function renderMediaPlaylist(
  timeline: PublishedTimeline,
  slot: number,
  options: MediaPlaylistOptions,
): string {
  const { segments, open } = timeline;
  const skipped = options.skip && !timeline.ended ? skippable(timeline) : 0;
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${skipped > 0 ? skippingVersion : playlistVersion}`,
    `#EXT-X-TARGETDURATION:${timeline.targetDuration}`,
    ...(options.type === undefined ? [] : [`#EXT-X-PLAYLIST-TYPE:${options.type}`]),
    ...lowLatencyHead(timeline, options),
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.sequence ?? timeline.nextSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
  ];
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  let run = skipped > 0 ? segments[skipped - 1]!.run : null;
  const begin = (segment: OpenSegment, parts: SegmentParts | null): number => {
    const { rendition, index } = timeline.renditionFor(timeline.run(segment.run), slot);
    if (segment.discontinuity) lines.push("#EXT-X-DISCONTINUITY");
    if (segment.run !== run)
      lines.push(`#EXT-X-MAP:URI="${segmentPath(options.prefix, rendition.slot, initFile(segment.run))}"`);
    run = segment.run;
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startsAt).toISOString()}`);
    parts?.[index]?.forEach(({ durationSeconds, independent }, part) => {
      const uri = segmentPath(options.prefix, rendition.slot, partFile(segment.sequence, part));
      lines.push(
        `#EXT-X-PART:DURATION=${durationSeconds.toFixed(5)},URI="${uri}"${independent ? ",INDEPENDENT=YES" : ""}`,
      );
    });
    return rendition.slot;
  };
  for (const segment of segments.slice(skipped)) {
    const made = begin(segment, timeline.ended ? null : timeline.partsOf(segment.sequence));
    lines.push(
      `#EXTINF:${segment.durationSeconds.toFixed(5)},`,
      segmentPath(options.prefix, made, segmentFile(segment.sequence)),
    );
  }
  if (open !== null && !timeline.ended) begin(open, timeline.partsOf(open.sequence));
  lines.push(...lowLatencyTail(timeline, slot, options));
  if (timeline.ended) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

function lowLatencyHead(timeline: PublishedTimeline, { partTargetSeconds }: MediaPlaylistOptions): string[] {
  if (partTargetSeconds === null) return [];
  const { targetDuration } = timeline;
  const control = [
    "CAN-BLOCK-RELOAD=YES",
    `CAN-SKIP-UNTIL=${(skipTargetDurations * targetDuration).toFixed(1)}`,
    `HOLD-BACK=${(holdBackTargetDurations * targetDuration).toFixed(1)}`,
    `PART-HOLD-BACK=${(holdBackParts * partTargetSeconds).toFixed(3)}`,
  ];
  return [
    `#EXT-X-SERVER-CONTROL:${control.join(",")}`,
    `#EXT-X-PART-INF:PART-TARGET=${partTargetSeconds.toFixed(3)}`,
  ];
}

/** What comes next, and how far the other slots are (§4.4.5.3, §4.4.5.4). */
function lowLatencyTail(timeline: PublishedTimeline, slot: number, options: MediaPlaylistOptions): string[] {
  if (options.partTargetSeconds === null || timeline.ended) return [];
  const lines: string[] = [];
  const newest = timeline.segments.at(-1);
  const run = timeline.open?.run ?? newest?.run;
  if (run === undefined || newest === undefined) return [];
  if (options.hint) {
    const { rendition } = timeline.renditionFor(timeline.run(run), slot);
    const part = partFile(timeline.nextSequence, openParts(timeline, slot));
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${segmentPath(options.prefix, rendition.slot, part)}"`);
  }
  timeline.slots.forEach((_, other) => {
    if (other !== slot) lines.push(renditionReport(timeline, other));
  });
  return lines;
}

function renditionReport(timeline: PublishedTimeline, slot: number): string {
  const open = openParts(timeline, slot);
  const newest = timeline.segments.at(-1)!;
  const [sequence, parts] =
    open > 0 ? [timeline.nextSequence, open] : [newest.sequence, partsOfSegment(timeline, slot, newest)];
  const last = parts > 0 ? `,LAST-PART=${parts - 1}` : "";
  return `#EXT-X-RENDITION-REPORT:URI="v${slot}.m3u8",LAST-MSN=${sequence}${last}`;
}

/** Parts of the open segment that a slot lists. */
export function openParts(timeline: PublishedTimeline, slot: number): number {
  return timeline.open === null ? 0 : partsOfSegment(timeline, slot, timeline.open);
}

/** Parts that a slot lists of a segment; 0 where it lists none. */
export function partsOfSegment(timeline: PublishedTimeline, slot: number, segment: OpenSegment): number {
  const { index } = timeline.renditionFor(timeline.run(segment.run), slot);
  return timeline.partsOf(segment.sequence)?.[index]?.length ?? 0;
}

/** How many segments lie before the Skip Boundary (§4.4.3.8): further from the last segment's end than it. */
function skippable(timeline: PublishedTimeline): number {
  const boundary = skipTargetDurations * timeline.targetDuration;
  let seconds = 0;
  let index = timeline.segments.length;
  while (index > 0 && seconds <= boundary)
    seconds += (timeline.segments[--index] as PublishedSegment).durationSeconds;
  return seconds > boundary ? index : 0;
}
