/** People among sockets: someone with two sockets is one. */
export class HeadCount {
  readonly #sockets = new Map<string, number>();

  get people(): number {
    return this.#sockets.size;
  }

  add(viewerId: string): void {
    this.#sockets.set(viewerId, (this.#sockets.get(viewerId) ?? 0) + 1);
  }

  remove(viewerId: string): void {
    const left = (this.#sockets.get(viewerId) ?? 0) - 1;
    if (left > 0) this.#sockets.set(viewerId, left);
    else this.#sockets.delete(viewerId);
  }
}

/** Who they are: those who have signed in by name, the others by number. */
export function peopleAmong(
  sockets: Iterable<{ readonly viewer: { readonly viewerId: string; readonly userId: string | null } }>,
): { userIds: string[]; anonymous: number } {
  const userIds = new Set<string>();
  const strangers = new Set<string>();
  for (const { viewer } of sockets) {
    if (viewer.userId === null) strangers.add(viewer.viewerId);
    else userIds.add(viewer.userId);
  }
  return { userIds: [...userIds], anonymous: strangers.size };
}
