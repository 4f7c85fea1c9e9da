/**
 * A black picture as H.264, made without an encoder: one second of 640x360 at 15 frames a second, 4 kbit/s. Made by
 * `ffmpeg -f lavfi -i color=black:s=640x360:r=15:d=1 -c:v libx264 -preset veryslow -bf 0 -g 15 -bsf:v
 * filter_units=remove_types=6 -f flv`.
 */
import { avcCodecString, parseAvcConfiguration } from "./avc-configuration.ts";
import type { VideoConfiguration } from "./source-reader.ts";

const header = Buffer.from("FwAAAAABZAAe/+EAGWdkAB6stAUBf8uAiAAAAwAIAAADAPB4sXUBAAZo7w8TITD9+PgA", "base64");
const record = header.subarray(5);

export const blackConfiguration: VideoConfiguration = {
  header,
  codec: avcCodecString(record),
  parameters: parseAvcConfiguration(record),
};

/** Bodies of FLV tags, in order; the first is a keyframe, and nothing but it is needed to begin again. */
export const blackFrames: readonly Buffer[] = [
  "FwEAAAAAAABaZYiEBHOf/veIHzLLb5xq13IR560urR9Q7kZxXqS9/iAAAAMAAAMAAGVA3ylQf3lw3OAAAATwALqELCGhghcBqB3igjqFMIAQAAADAAADAAADAAADAAADABbx",
  "JwEAAAAAAAASQZomII5z//61KoAAAAMAAB1Q",
  "JwEAAAAAAAASQZpGII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAASQZpmII5z//61KoAAAAMAAB1Q",
  "JwEAAAAAAAASQZqGII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAASQZqmII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAASQZrGII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAASQZrmII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAASQZsGII5z//61KoAAAAMAAB1Q",
  "JwEAAAAAAAASQZsmII5z//61KoAAAAMAAB1Q",
  "JwEAAAAAAAASQZtGII5z//61KoAAAAMAAB1R",
  "JwEAAAAAAAATQZtmIIZz//6qVQAAAwAAAwA6oA==",
  "JwEAAAAAAAATQZuGIIZz//6qVQAAAwAAAwA6oA==",
  "JwEAAAAAAAATQZumIIZz//6qVQAAAwAAAwA6oQ==",
  "JwEAAAAAAAASQZvGIdnP/qmWAAADAAADAOWB",
].map((body) => Buffer.from(body, "base64"));
export const blackFramesPerSecond = 15;
/** For those who plan with it; as told, it is less. */
export const blackKbps = 8;
