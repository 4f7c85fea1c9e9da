import { playlistVersion } from "./media-playlist.ts";
import type { PublishedTimeline } from "./published-timeline.ts";

/**
 * The Master Playlist (RFC 8216 §4.3.4). One line a slot for the broadcast's life, since players keep what they
 * parsed; a slot is described as it was last made for its own sake, not as the stand-in of a lower one.
 */
export function renderMasterPlaylist(timeline: PublishedTimeline): string {
  const lines = ["#EXTM3U", `#EXT-X-VERSION:${playlistVersion}`, "#EXT-X-INDEPENDENT-SEGMENTS"];
  timeline.slots.forEach((_, slot) => {
    const rendition = timeline.described(slot);
    if (rendition === null) return;
    const measured = timeline.rates(slot);
    // BANDWIDTH is the peak; of a live stream, the best estimate: what was seen, or the encoder's ceiling.
    const peak = Math.max(measured.peak, rendition.declaredBitsPerSecond);
    const attributes = [
      `BANDWIDTH=${peak}`,
      `AVERAGE-BANDWIDTH=${Math.min(peak, measured.average)}`,
      ...(rendition.width === null ? [] : [`RESOLUTION=${rendition.width}x${rendition.height}`]),
      ...(rendition.width === null || rendition.frameRate === null
        ? []
        : [`FRAME-RATE=${rendition.frameRate.toFixed(3)}`]),
      `CODECS="${rendition.codecs}"`,
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(",")}`, `v${slot}.m3u8`);
  });
  return `${lines.join("\n")}\n`;
}
