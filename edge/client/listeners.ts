/** Listeners by type. One that throws costs neither its neighbours nor what comes after: its error goes to the runtime. */
export class Listeners<M> {
  #byType = new Map<keyof M, Set<(value: never) => void>>();

  /** The returned function takes the listener away. */
  on<K extends keyof M>(type: K, listener: (value: M[K]) => void): () => void {
    const listeners = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  tell<K extends keyof M>(type: K, value: M[K]): void {
    for (const listener of [...(this.#byType.get(type) ?? [])]) {
      try {
        (listener as (value: M[K]) => void)(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
