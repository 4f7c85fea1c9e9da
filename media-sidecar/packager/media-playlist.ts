import type { PublishedTimeline } from "./published-timeline.ts";

/** fMP4 in EXT-X-MAP needs 6 (RFC 8216 §7); Apple's tools ask for 7 with it. */
export const playlistVersion = 7;

/** Where nginx serves the files of a broadcast. */
export function segmentPath(prefix: string, slot: number, file: string): string {
  return `/hls/${prefix}/v${slot}/${file}`;
}

export function segmentFile(sequence: number): string {
  return `${sequence}.m4s`;
}

export function initFile(run: number): string {
  return `init-${run}.mp4`;
}

/** The Media Playlist of a slot (RFC 8216 §4.3.2, §4.3.3). Every slot has the same segments at the same times. */
export function renderMediaPlaylist(timeline: PublishedTimeline, slot: number, prefix: string): string {
  const { segments } = timeline;
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${timeline.targetDuration}`,
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.sequence ?? timeline.nextSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
  ];
  let run: number | null = null;
  for (const segment of segments) {
    const made = timeline.renditionFor(timeline.run(segment.run), slot).rendition.slot;
    if (segment.discontinuity) lines.push("#EXT-X-DISCONTINUITY");
    if (segment.run !== run)
      lines.push(`#EXT-X-MAP:URI="${segmentPath(prefix, made, initFile(segment.run))}"`);
    run = segment.run;
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startsAt).toISOString()}`,
      `#EXTINF:${segment.durationSeconds.toFixed(5)},`,
      segmentPath(prefix, made, segmentFile(segment.sequence)),
    );
  }
  if (timeline.ended) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}
