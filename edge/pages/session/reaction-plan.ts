/** Emoji that the page offers; others that programs send are shown as they are. */
export const offeredReactions = ["👍", "❤️", "😄", "😮", "🔥", "🎉"] as const;

export interface Float {
  emoji: string;
  /** After the burst came. */
  delayMs: number;
  /** Across the stage, 0 to 1. */
  place: number;
}

/**
 * What floats up for the reactions of one second: a few for a few, and never more than `most`, shared out by how many
 * there were of each. `own` were shown already when they were pressed. `random` is 0 to 1.
 */
export function floatsFor(
  reactions: Readonly<Record<string, number>>,
  own: ReadonlyMap<string, number>,
  random: () => number,
  most = 12,
): Float[] {
  const others = Object.entries(reactions)
    .map(([emoji, count]) => ({ emoji, count: count - (own.get(emoji) ?? 0) }))
    .filter(({ count }) => count > 0);
  const total = others.reduce((sum, { count }) => sum + count, 0);
  const share = total <= most ? 1 : most / total;
  return others
    .flatMap(({ emoji, count }) =>
      Array.from({ length: Math.max(1, Math.floor(count * share)) }, () => emoji),
    )
    .map((emoji) => ({ emoji, delayMs: Math.round(random() * 900), place: random() }));
}

/** The four that were sent most, the most first. */
export function topReactions(reactions: Readonly<Record<string, number>>): [emoji: string, count: number][] {
  return Object.entries(reactions)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 4);
}

/** Times of what was pressed lately: at most five a second may be sent. */
export function mayReact(pressedAt: readonly number[], now: number, most = 5): boolean {
  return pressedAt.filter((at) => now - at < 1000).length < most;
}
