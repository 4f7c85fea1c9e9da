/** What a machine's full disk costs a stream, in words for whoever runs it. */
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import type { StreamWarning } from "../../edge/protocol/streams.ts";

/** `rewindLimitSeconds` is what viewers may go back on this machine, whatever the stream asks for. */
export function machineWarnings(
  { rewindSeconds, record }: Pick<MediaStream, "rewindSeconds" | "record">,
  rewindLimitSeconds: number,
  isRecordingPaused: boolean,
): StreamWarning[] {
  const warnings: StreamWarning[] = [];
  if (rewindLimitSeconds < rewindSeconds) {
    const detail = `the media machine's disk is nearly full: viewers can go back ${Math.round(rewindLimitSeconds)} s only`;
    warnings.push({ code: "rewind-shortened", detail });
  }
  if (record && isRecordingPaused) {
    const detail =
      "the media machine's disk is nearly full: this part is not recorded, the live stream goes on";
    warnings.push({ code: "recording-stopped", detail });
  }
  return warnings;
}
