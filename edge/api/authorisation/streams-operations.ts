import type { AccessRule } from "./access-rule.ts";

/** Streams, watching them, and where else they go. */
export const streamsOperations = {
  listStreams: { who: "whoever-sees", subject: "none" },
  createStream: { who: "admin", subject: "none" },
  getStream: { who: "whoever-sees", subject: "stream" },
  updateStream: { who: "admin", subject: "stream" },
  deleteStream: { who: "admin", subject: "stream" },
  regenerateStreamKey: { who: "admin", subject: "stream" },
  revokePlayback: { who: "staff", subject: "stream" },
  endStream: { who: "staff", subject: "stream" },
  getStreamStats: { who: "staff", subject: "stream" },
  getStreamAnalytics: { who: "staff", subject: "stream" },
  listRelayDestinations: { who: "signed-in", subject: "none" },
  listRelays: { who: "staff", subject: "stream" },
  createRelay: { who: "staff", subject: "stream" },
  updateRelay: { who: "staff", subject: "stream" },
  deleteRelay: { who: "staff", subject: "stream" },
  listRecordings: { who: "whoever-sees", subject: "stream", refusesBanned: true },
  getRecording: { who: "whoever-sees", subject: "recording", refusesBanned: true },
  deleteRecording: { who: "admin", subject: "recording" },
  getPlayback: { who: "whoever-sees", subject: "stream", refusesBanned: true },
  beatPlayback: { who: "anyone", subject: "none" },
} satisfies Record<string, AccessRule>;
