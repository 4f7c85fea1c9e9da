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
