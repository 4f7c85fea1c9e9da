import type { StreamStatus } from "../../protocol/streams.ts";

/** What the video element and its loader are doing. */
export type PlayerState =
  | "empty"
  | "loading"
  | "playing"
  | "paused"
  | "stalled"
  /** The browser wants a touch before it plays. */
  | "blocked"
  | "recovering"
  /** Neither Media Source Extensions nor HLS. */
  | "unsupported"
  /** The buffered rest of an ended stream has run out. */
  | "drained";

export interface StageFacts {
  status: StreamStatus;
  player: PlayerState;
  startsAt: string | null;
  endedAt: string | null;
  now: number;
  /** Why the picture may not be watched, in words; null when it may. */
  refusal: string | null;
}

/** What stands on the stage in place of the picture, or over it. */
export interface StageView {
  /** `card`: an empty stage with words. `veil`: words over the last picture. `clear`: the picture alone. */
  kind: "card" | "veil" | "clear";
  scene: "before" | "starting" | "interrupted" | "after" | "closed" | "none";
  headline: string;
  detail: string;
  busy: boolean;
}

const clear: StageView = { kind: "clear", scene: "none", headline: "", detail: "", busy: false };

export function stageView(facts: StageFacts): StageView {
  const { status, player } = facts;
  if (facts.refusal !== null) return refusedView(facts.refusal);
  switch (status) {
    case "idle":
      return {
        kind: "card",
        scene: "before",
        headline: startWords(facts.startsAt, facts.now),
        detail: "Stay on this page: the picture appears by itself.",
        busy: false,
      };
    case "starting":
      return {
        kind: "card",
        scene: "starting",
        headline: "About to begin",
        detail: "The encoder is connected. The first picture follows in a moment.",
        busy: true,
      };
    case "reconnecting":
      if (player === "playing" || player === "paused") return clear;
      return {
        kind: player === "stalled" ? "veil" : "card",
        scene: "interrupted",
        headline: "A short interruption",
        detail: "The connection from the stage dropped. The picture goes on by itself when it is back.",
        busy: true,
      };
    case "ended":
      if (player === "playing" || player === "paused") return clear;
      return {
        kind: "card",
        scene: "after",
        headline: "The stream has ended",
        detail: endWords(facts.endedAt),
        busy: false,
      };
    case "live":
      return pictureView(player, "On air");
  }
}

export function refusedView(why: string): StageView {
  return { kind: "card", scene: "closed", headline: "Not open to you", detail: why, busy: false };
}

/** Over a picture that is there to be had; `headline` stands while it is loaded. */
export function pictureView(player: PlayerState, headline: string): StageView {
  switch (player) {
    case "playing":
    case "paused":
    case "blocked":
      return clear;
    case "stalled":
      return { kind: "veil", scene: "none", headline: "", detail: "Waiting for the picture", busy: true };
    case "unsupported":
      return {
        kind: "card",
        scene: "closed",
        headline: "This browser cannot play it",
        detail: "The stream needs a browser with video by HLS: any current Chrome, Edge, Firefox or Safari.",
        busy: false,
      };
    case "recovering":
      return {
        kind: "veil",
        scene: "interrupted",
        headline: "Getting the picture back",
        detail: "Your connection or the server had a hiccup. Trying again by itself.",
        busy: true,
      };
    default:
      return { kind: "card", scene: "starting", headline, detail: "Loading the picture.", busy: true };
  }
}

function startWords(startsAt: string | null, now: number): string {
  if (startsAt === null) return "Not on air yet";
  const start = Date.parse(startsAt);
  if (!Number.isFinite(start) || start <= now) return "Not on air yet";
  const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(start);
  if (start - now < 18 * 3_600_000) return `Starts at ${time}`;
  const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }).format(
    start,
  );
  return `Starts ${day}, ${time}`;
}

function endWords(endedAt: string | null): string {
  const end = endedAt === null ? Number.NaN : Date.parse(endedAt);
  if (!Number.isFinite(end)) return "Thank you for being here.";
  const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(end);
  return `Thank you for being here. It went off air at ${time}.`;
}

/** The word beside the title. */
export function statusWord(status: StreamStatus): string {
  switch (status) {
    case "idle":
      return "Off air";
    case "starting":
      return "Starting";
    case "live":
      return "Live";
    case "reconnecting":
      return "Reconnecting";
    case "ended":
      return "Ended";
  }
}
