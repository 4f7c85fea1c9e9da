import type { AccessRule } from "./access-rule.ts";

/** Streams, and watching them. */
export const streamsOperations = {
  listStreams: { who: "whoever-sees", subject: "none" },
  createStream: { who: "admin", subject: "none" },
  getStream: { who: "whoever-sees", subject: "stream" },
  updateStream: { who: "admin", subject: "stream" },
  deleteStream: { who: "admin", subject: "stream" },
  regenerateStreamKey: { who: "admin", subject: "stream" },
  revokePlayback: { who: "staff", subject: "stream" },
  endStream: { who: "staff", subject: "stream" },
  getPlayback: { who: "whoever-sees", subject: "stream", refusesBanned: true },
} satisfies Record<string, AccessRule>;
