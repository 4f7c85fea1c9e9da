/**
 * Many questions that one call can answer: those that come within `gatherMs` go together, at most `limit` a call and
 * `atOnce` calls at a time, so that calls grow with the load instead of piling up. `ask` answers in the order of its
 * questions.
 */
export class GatheredCalls<Q, A> {
  readonly #ask: (questions: Q[]) => Promise<A[]>;
  readonly #rules: { gatherMs: number; limit: number; atOnce: number };
  #waiting: { question: Q; resolve: (answer: A) => void; reject: (reason: unknown) => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running = 0;

  constructor(
    rules: { gatherMs: number; limit: number; atOnce: number },
    ask: (questions: Q[]) => Promise<A[]>,
  ) {
    this.#rules = rules;
    this.#ask = ask;
  }

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#running >= this.#rules.atOnce) return;
      if (this.#waiting.length >= this.#rules.limit) this.#call();
      else this.#timer ??= setTimeout(() => this.#call(), this.#rules.gatherMs);
    });
  }

  #call(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const asked = this.#waiting.splice(0, this.#rules.limit);
    this.#running++;
    const answered = this.#ask(asked.map(({ question }) => question)).then(
      (answers) => {
        for (const [index, { resolve, reject }] of asked.entries()) {
          const answer = answers[index];
          if (answer === undefined) reject(new Error("a question was not answered"));
          else resolve(answer);
        }
      },
      (reason) => {
        for (const { reject } of asked) reject(reason);
      },
    );
    void answered.then(() => {
      this.#running--;
      // They have waited for long enough.
      if (this.#waiting.length > 0) this.#call();
    });
  }
}

/** One read for everyone who asks within `freshMs` of its start. Failures are not kept. */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  readonly #freshMs: number;
  readonly #isKept: (value: T) => boolean;
  #current: { startedAt: number; value: Promise<T> } | null = null;

  constructor(freshMs: number, isKept: (value: T) => boolean, read: () => Promise<T>) {
    this.#freshMs = freshMs;
    this.#isKept = isKept;
    this.#read = read;
  }

  /** What was read is no longer true. */
  forget(): void {
    this.#current = null;
  }

  /** What does not serve any more, fresh as it is, is read once again: one time for everyone whom it does not serve. */
  async get(now: number, serves: (value: T) => boolean = () => true): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      if (this.#current === null || now - this.#current.startedAt >= this.#freshMs) {
        this.#current = { startedAt: now, value: this.#read() };
      }
      const current = this.#current;
      const value = await current.value;
      const isKept = this.#isKept(value);
      const isGood = isKept && serves(value);
      if (!isGood && this.#current === current) this.#current = null;
      if (isGood || !isKept || attempt > 0) return value;
    }
  }
}
