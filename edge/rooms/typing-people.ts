/** People who type; who says nothing more of it is taken to have stopped. */
export interface Typist {
  id: string;
  name: string;
}
export interface TypingState {
  /** The first few. */
  people: Typist[];
  count: number;
}

/** One more than is shown, so that whoever types can be left out of what they see themselves. */
const namedTypists = 6;
const shownTypists = 5;

/** Those of one gateway. */
export class TypingPeople {
  readonly #typing = new Map<string, { name: string; until: number }>();
  readonly #lastsMs: number;

  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs;
  }

  /** Whether someone began. */
  typed(id: string, name: string, now: number): boolean {
    const isNew = !this.#typing.has(id);
    this.#typing.set(id, { name, until: now + this.#lastsMs });
    return isNew;
  }

  /** Whether it was not known to have stopped. */
  stopped(id: string): boolean {
    return this.#typing.delete(id);
  }

  has(id: string): boolean {
    return this.#typing.has(id);
  }

  /** Whether anyone stopped by saying nothing. */
  expire(now: number): boolean {
    const before = this.#typing.size;
    for (const [id, { until }] of this.#typing) if (until <= now) this.#typing.delete(id);
    return this.#typing.size < before;
  }

  state(): TypingState {
    const people: Typist[] = [];
    for (const [id, { name }] of this.#typing) {
      if (people.length === namedTypists) break;
      people.push({ id, name });
    }
    return { people, count: this.#typing.size };
  }
}

export const nobodyTypes: TypingState = { people: [], count: 0 };

/** All gateways' typists together; one person is in one gateway only. */
export function mergeTyping(states: Iterable<TypingState>): TypingState {
  const people: Typist[] = [];
  let count = 0;
  for (const state of states) {
    people.push(...state.people);
    count += state.count;
  }
  return { people: people.slice(0, namedTypists), count };
}

/** What one person is told: everyone else who types. `isTyping` is whether this person is among them. */
export function typingFor(state: TypingState, id: string | null, isTyping: boolean) {
  const others = isTyping ? state.people.filter((person) => person.id !== id) : state.people;
  return {
    users: others.slice(0, shownTypists).map(({ name }) => name),
    count: Math.max(0, state.count - (isTyping ? 1 : 0)),
  };
}
