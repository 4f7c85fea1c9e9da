/** People among sockets: someone with two sockets is one. */
export class HeadCount {
  readonly #sockets = new Map<string, number>();

  get people(): number {
    return this.#sockets.size;
  }

  /** Whether this is their first. */
  add(viewerId: string): boolean {
    const before = this.#sockets.get(viewerId) ?? 0;
    this.#sockets.set(viewerId, before + 1);
    return before === 0;
  }

  /** Whether that was their last. */
  remove(viewerId: string): boolean {
    const left = (this.#sockets.get(viewerId) ?? 0) - 1;
    if (left > 0) this.#sockets.set(viewerId, left);
    return left <= 0 && this.#sockets.delete(viewerId);
  }
}

/** Who they are: those who have signed in by name, with their sockets where these are several; others by number. */
export function peopleAmong(
  sockets: Iterable<{ readonly viewer: { readonly viewerId: string; readonly userId: string | null } }>,
): { userIds: string[]; connections: Record<string, number>; anonymous: number } {
  const users = new Map<string, number>();
  const strangers = new Set<string>();
  for (const { viewer } of sockets) {
    if (viewer.userId === null) strangers.add(viewer.viewerId);
    else users.set(viewer.userId, (users.get(viewer.userId) ?? 0) + 1);
  }
  return {
    userIds: [...users.keys()],
    connections: Object.fromEntries([...users].filter(([, sockets]) => sockets > 1)),
    anonymous: strangers.size,
  };
}
