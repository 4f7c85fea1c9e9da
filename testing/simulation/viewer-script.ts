/** What synthetic viewers will do, before any of it has happened. All times in seconds since the run began. */

export interface Scenario {
  seed: number;
  /** How long viewers come and go. */
  seconds: number;
  beatSeconds: number;
  viewers: readonly ViewerScript[];
}

export interface ViewerScript {
  name: string;
  /** Else anonymous: one browser. */
  signedIn: boolean;
  /** How far this person's clock is off, which must not matter. */
  skewSeconds: number;
  /** Only who is signed in has two. */
  devices: readonly DeviceScript[];
  deeds: readonly ScriptedDeed[];
}

export interface DeviceScript {
  /** Which of the event's sessions. */
  stage: number;
  signs: Signs;
  userAgent: string;
  visits: readonly VisitScript[];
}

/** How a device can be noticed. */
export interface Signs {
  beats: boolean;
  /** `tells`: says `watch:state`, as clients without beats do. */
  socket: "none" | "listens" | "tells";
  playlists: boolean;
}

/** One time that a player is opened. */
export interface VisitScript {
  openAt: number;
  closeAt: number;
  /** Else it goes without a word, as when a battery dies. */
  saysGoodbye: boolean;
  /** From opening to closing, without a gap. */
  spans: readonly Span[];
  /** In these the tab is hidden, and its timers run seldom. */
  hidden: readonly { from: number; to: number }[];
  /** Another address, other connections. */
  networkChangesAt: readonly number[];
  /** Decides what becomes of each beat on its way. */
  faultSeed: number;
}

export interface Span {
  from: number;
  to: number;
  /** `seeking`: for a moment, after which it plays on from somewhere else. */
  kind: "playing" | "paused" | "stalled" | "seeking";
}

export interface ScriptedDeed {
  at: number;
  kind: "chat" | "question" | "upvote" | "unvote" | "vote";
  /** Which question or poll of the scene, where it matters. */
  which: number;
}

/** Of the scene, for viewers to upvote and vote in. */
export const sceneQuestions = 3;
export const scenePolls = 2;

/** A hidden tab's timers run once a minute, where beats are due four times. */
export const hiddenBeats = 4;
