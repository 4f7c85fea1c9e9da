interface Watcher {
  userId: string | null;
  playing: Set<unknown>;
  countedUntil: number;
  playedMs: number;
  stalls: number;
  latencySeconds: number | undefined;
  isNew: boolean;
}

export interface Watched {
  viewerId: string;
  userId: string | null;
  playedSeconds: number;
  stalls: number;
  latencySeconds?: number | undefined;
}

/** Players say how they are every 15 s; one that says nothing for longer has not played all that time. */
const mostBetweenMs = 30_000;

/** How long people have watched, by this clock and not by theirs: two players of one person at once count once. */
export class WatchClock {
  readonly #watchers = new Map<string, Watcher>();

  /** `player` is whatever plays: a socket. */
  said(
    viewer: { viewerId: string; userId: string | null },
    player: unknown,
    state: { playing: boolean; stalls?: number | undefined; latencySeconds?: number | undefined },
    now: number,
  ): void {
    const watcher = this.#watchers.get(viewer.viewerId) ?? fresh(viewer.userId, now);
    this.#watchers.set(viewer.viewerId, watcher);
    count(watcher, now);
    if (state.playing) watcher.playing.add(player);
    else watcher.playing.delete(player);
    watcher.stalls += state.stalls ?? 0;
    watcher.latencySeconds = state.latencySeconds ?? watcher.latencySeconds;
    watcher.isNew = true;
  }

  /** The player is gone. */
  gone(viewerId: string, player: unknown, now: number): void {
    const watcher = this.#watchers.get(viewerId);
    if (!watcher?.playing.has(player)) return;
    count(watcher, now);
    watcher.playing.delete(player);
    watcher.isNew = true;
  }

  /** What has been said since the last time, at most so many people. */
  take(most: number): Watched[] {
    const watched: Watched[] = [];
    for (const [viewerId, watcher] of this.#watchers) {
      if (!watcher.isNew) continue;
      if (watched.length === most) break;
      const playedSeconds = Math.round(watcher.playedMs) / 1000;
      const { userId, stalls, latencySeconds } = watcher;
      watched.push({
        viewerId,
        userId,
        playedSeconds,
        stalls,
        ...(latencySeconds === undefined ? {} : { latencySeconds }),
      });
      Object.assign(watcher, { playedMs: 0, stalls: 0, isNew: false });
      if (watcher.playing.size === 0) this.#watchers.delete(viewerId);
    }
    return watched;
  }
}

function fresh(userId: string | null, now: number): Watcher {
  const nothing = { playedMs: 0, stalls: 0, latencySeconds: undefined, isNew: false };
  return { userId, playing: new Set(), countedUntil: now, ...nothing };
}

function count(watcher: Watcher, now: number): void {
  if (watcher.playing.size > 0) {
    watcher.playedMs += Math.min(mostBetweenMs, Math.max(0, now - watcher.countedUntil));
  }
  watcher.countedUntil = now;
}
