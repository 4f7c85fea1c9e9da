/** The life of one broadcast as a state machine. Pure: what is to be done is returned, not done. */

export interface LifecycleState {
  status: "starting" | "live" | "reconnecting" | "ended";
  /** nginx's number of the connection that holds the stream; null when none does. */
  publisher: string | null;
  /** Whether viewers have ever had a picture of it. */
  shown: boolean;
}

export type LifecycleEvent =
  /** The gate lets this connection publish. */
  | { type: "admitted"; publisher: string }
  /** Media of the present publisher arrives, and there is a playlist. */
  | { type: "picture" }
  /** The connection is gone, by its own doing or the network's. */
  | { type: "publisher-gone"; publisher: string }
  /** The publisher must go, the stream may go on: its key has changed. */
  | { type: "cut" }
  /** The reconnect window is over. */
  | { type: "window-over" }
  /** Someone ended it, or its source cannot be carried. */
  | { type: "end" };

export type LifecycleAction =
  | { type: "drop-publisher"; publisher: string }
  /** Publish what the source sent to the last frame; playlists stay open. */
  | { type: "finish-run" }
  | { type: "open-window" }
  | { type: "close-window" }
  /** Close the playlists for good. */
  | { type: "end-broadcast" };

export interface Transition {
  state: LifecycleState;
  actions: LifecycleAction[];
}

/** A broadcast before its first publisher. */
export const initialState: LifecycleState = { status: "starting", publisher: null, shown: false };

/** A broadcast found on disk after a restart of the sidecar, whoever may publish now. */
export const resumedState: LifecycleState = { status: "reconnecting", publisher: null, shown: true };

/**
 * Starting → live → reconnecting → live … → ended, which is final. A publisher that comes back is live again when
 * its first picture is there, and not before. An event that does not fit (a late callback of a connection that was
 * replaced) changes nothing.
 */
export function transition(
  state: LifecycleState,
  event: LifecycleEvent,
  reconnectWindowSeconds: number,
): Transition {
  const unchanged = { state, actions: [] };
  if (state.status === "ended") return unchanged;
  switch (event.type) {
    case "admitted":
      return {
        state: { ...state, publisher: event.publisher },
        actions: [...dropped(state), { type: "close-window" }],
      };
    case "picture":
      if (state.publisher === null || state.status === "live") return unchanged;
      return { state: { ...state, status: "live", shown: true }, actions: [] };
    case "publisher-gone":
      return event.publisher === state.publisher
        ? withoutPublisher(state, [], reconnectWindowSeconds)
        : unchanged;
    case "cut":
      if (state.publisher === null) return unchanged;
      return withoutPublisher(state, dropped(state), reconnectWindowSeconds);
    case "window-over":
      return state.publisher === null ? ended(state) : unchanged;
    case "end":
      return ended(state);
  }
}

function withoutPublisher(
  state: LifecycleState,
  actions: LifecycleAction[],
  reconnectWindowSeconds: number,
): Transition {
  if (reconnectWindowSeconds === 0) return ended({ ...state, publisher: null }, actions);
  return {
    state: { ...state, status: state.shown ? "reconnecting" : "starting", publisher: null },
    actions: [...actions, { type: "finish-run" }, { type: "open-window" }],
  };
}

function ended(state: LifecycleState, before: LifecycleAction[] = []): Transition {
  return {
    state: { ...state, status: "ended", publisher: null },
    actions: [...before, ...dropped(state), { type: "close-window" }, { type: "end-broadcast" }],
  };
}

function dropped(state: LifecycleState): LifecycleAction[] {
  return state.publisher === null ? [] : [{ type: "drop-publisher", publisher: state.publisher }];
}
