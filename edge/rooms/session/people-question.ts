/** What one gateway says of its people. */
export interface PeopleAnswer {
  id: number;
  userIds: string[];
  /** How many sockets those have who have several. */
  connections: Record<string, number>;
  anonymous: number;
}

/** A gateway that does not answer within this is left out. */
const patienceMs = 1000;

/** Asks all gateways who is here. Callers at once share one question. */
export class PeopleQuestion<G> {
  readonly #tell: (gateway: G, id: number) => void;
  #nextId = 1;
  #asking: Promise<Omit<PeopleAnswer, "id">> | null = null;
  #waiting = new Set<G>();
  #id = 0;
  #userIds = new Set<string>();
  #connections: Record<string, number> = {};
  #anonymous = 0;
  #done: () => void = () => {};

  constructor(tell: (gateway: G, id: number) => void) {
    this.#tell = tell;
  }

  ask(gateways: G[]): Promise<Omit<PeopleAnswer, "id">> {
    this.#asking ??= this.#ask(gateways).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  answered(gateway: G, { id, userIds, connections, anonymous }: PeopleAnswer): void {
    if (id !== this.#id || !this.#waiting.has(gateway)) return;
    for (const userId of userIds) this.#userIds.add(userId);
    Object.assign(this.#connections, connections);
    this.#anonymous += anonymous;
    this.gone(gateway);
  }

  /** Not waited for any more. */
  gone(gateway: G): void {
    this.#waiting.delete(gateway);
    if (this.#waiting.size === 0) this.#done();
  }

  async #ask(gateways: G[]): Promise<Omit<PeopleAnswer, "id">> {
    this.#id = this.#nextId++;
    this.#userIds = new Set();
    this.#connections = {};
    this.#anonymous = 0;
    this.#waiting = new Set(gateways);
    if (gateways.length > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs);
        this.#done = () => {
          clearTimeout(timer);
          resolve();
        };
        for (const gateway of gateways) this.#tell(gateway, this.#id);
      });
    }
    return { userIds: [...this.#userIds], connections: this.#connections, anonymous: this.#anonymous };
  }
}
