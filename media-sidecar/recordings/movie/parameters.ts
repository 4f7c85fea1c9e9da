/** What makes one movie of two runs impossible: each track has one description. */
import { childBoxes, findBox } from "../../packager/box-framer.ts";
import { parseMovieHeader } from "../../packager/movie-header.ts";

const visualEntryBytes = 78;

/** Of an init segment's `moov`, without its header; equal for runs whose samples one description fits. */
export function parametersOf(moov: Buffer): string {
  const parts: string[] = [];
  for (const { kind, codec, width, height } of parseMovieHeader(moov))
    parts.push(`${kind} ${codec} ${width}x${height}`);
  for (const { type, body } of childBoxes(moov)) {
    if (type !== "trak") continue;
    const entry = sampleEntry(body);
    // Not the whole entry: bit rates in it are a guess, and another one each time.
    if (entry?.type === "avc1") parts.push(avcConfigurationOf(body)?.toString("hex") ?? "");
    else if (entry?.type === "mp4a")
      parts.push(`${entry.body.readUInt16BE(16)} ${entry.body.readUInt32BE(24)}`);
  }
  return parts.join(";");
}

/** The AVCDecoderConfigurationRecord of a `trak`; null where it has none. */
export function avcConfigurationOf(trak: Buffer): Buffer | null {
  const entry = sampleEntry(trak);
  return entry?.type === "avc1" ? findBox(entry.body.subarray(visualEntryBytes), "avcC") : null;
}

function sampleEntry(trak: Buffer): { type: string; body: Buffer } | undefined {
  const description = findBox(trak, "mdia", "minf", "stbl", "stsd");
  const [entry] = childBoxes(description?.subarray(8) ?? Buffer.alloc(0));
  return entry;
}
