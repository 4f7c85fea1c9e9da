import type { SessionRoom } from "./session-room.ts";
import { emptySessionView, nextView, type SessionView, startView } from "./session-view.ts";

/** Keeps the view of a session up to date; `changed` is called after every step that changed it. */
export class FollowedSession {
  #view = emptySessionView;
  #changed: (view: SessionView) => void;

  /** `me` answers the id of who looks on, null before signing in. */
  constructor(room: SessionRoom, me: () => string | null, changed: (view: SessionView) => void = () => {}) {
    this.#changed = changed;
    room.on("joined", (start) => this.update((view) => startView(view, start)));
    room.on("said", (said) => this.update((view) => nextView(view, said, me())));
  }

  get view(): SessionView {
    return this.#view;
  }

  /** For what is known without having been said: the answer to an own command. */
  update(step: (view: SessionView) => SessionView): void {
    const next = step(this.#view);
    if (next === this.#view) return;
    this.#view = next;
    this.#changed(next);
  }
}
