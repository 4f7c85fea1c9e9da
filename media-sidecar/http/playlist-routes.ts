/** Playlists, and the parts that they hint at: what players ask through nginx. */
import { noDirectives, parseDeliveryDirectives } from "../packager/delivery-directives.ts";
import type { PlaylistAnswer } from "../packager/playlist-desk.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { StreamRegistry } from "../streams/stream-registry.ts";
import type { Metrics } from "./metrics.ts";
import { type Answer, problemAnswer, type Route } from "./sidecar-server.ts";

export interface PlaylistRoutes {
  registry: StreamRegistry;
  recordings: Pick<Recordings, "byPlaybackId">;
  metrics: Metrics;
  /** Before streams are known, nobody can say what does not exist. */
  streamsKnown: () => Promise<boolean>;
}

const playlistType = { "content-type": "application/vnd.apple.mpegurl" };

export function playlistRoutes({ registry, recordings, metrics, streamsKnown }: PlaylistRoutes): Route[] {
  return [
    {
      method: "GET",
      path: /^\/playlists\/(?<playbackId>[A-Za-z0-9_-]+)\/(?<name>[a-z0-9]+)\.m3u8$/,
      async handle({ parameters: { playbackId = "", name = "" }, query, gone }) {
        if (!(await streamsKnown())) return late;
        const stream = registry.get(playbackId);
        const directives = name === "master" ? noDirectives : parseDeliveryDirectives(query);
        let answer: PlaylistAnswer = { kind: "absent" };
        if (stream !== undefined && name === "master") {
          const master = stream.masterPlaylist();
          if (master !== null) answer = { kind: "playlist", body: Buffer.from(master) };
        } else if (stream !== undefined) {
          answer =
            directives === null ? { kind: "absurd" } : await stream.desk.playlist(name, directives, gone);
        }
        const recorded = stream === undefined && recordings.byPlaybackId(playbackId)?.media.playlist(name);
        if (recorded) answer = { kind: "playlist", body: recorded };
        metrics.count("playlists", answer.kind === "playlist" ? "served" : answer.kind);
        return playlistAnswer(answer);
      },
    },
    {
      method: "GET",
      path: /^\/parts\/(?<prefix>seg_[A-Za-z0-9_-]+)\/(?<slot>v\d{1,2})\/(?<file>\d{1,15}-\d{1,4}\.m4s)$/,
      async handle({ parameters: { prefix = "", slot = "", file = "" }, gone }) {
        if (!(await streamsKnown())) return late;
        const stream = registry.bySegmentPrefix(prefix);
        const answer = (await stream?.desk.part(slot, file, gone)) ?? "absent";
        metrics.count("parts", answer);
        // The file is there now, and nginx hands it out.
        if (answer === "available")
          return { status: 200, headers: { "x-accel-redirect": `/hls/${prefix}/${slot}/${file}` } };
        return answer === "late" ? late : problemAnswer("not-found");
      },
    },
  ];
}

const late = problemAnswer("unavailable", {
  detail: "What was waited for did not come in time.",
  retryAfterSeconds: 1,
});

function playlistAnswer(answer: PlaylistAnswer): Answer {
  switch (answer.kind) {
    case "playlist":
      return { status: 200, headers: playlistType, body: answer.body };
    case "absent":
      return problemAnswer("not-found", { detail: "The stream is not playing now." });
    case "absurd":
      return problemAnswer("malformed", { detail: "No such segment or part is to be expected soon." });
    case "late":
      return late;
  }
}
