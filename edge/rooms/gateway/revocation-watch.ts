import type { RevocationsResponse, RevokeRequest } from "../../protocol/internal-rooms.ts";
import type { Answer } from "../edge-api.ts";

const everyMs = 500;
/** The API repeats what is younger than 20 s; a full page of it may take some askings. */
const rememberedMs = 120_000;
/** From an admission to its socket's arrival here. */
const arrivalMs = 2000;

export interface RevocationSource {
  revocations(since: string | null): Promise<Answer<RevocationsResponse>>;
}

/**
 * Reads whose sockets must close, for as long as there are sockets: the API's call can be lost, and then nobody else
 * says it again. Each revocation acts once, by whichever way it comes first.
 */
export class RevocationWatch {
  readonly #source: RevocationSource;
  readonly #act: (revocation: RevokeRequest) => void;
  readonly #acted = new Map<number, number>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #since: string | null = null;
  #startedAt = 0;
  /** What is older, by the API's clock, ended before the first of these sockets was let in, and is none of theirs. */
  #from = 0;
  #isAsking = false;

  constructor(source: RevocationSource, act: (revocation: RevokeRequest) => void) {
    this.#source = source;
    this.#act = act;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#since = null;
    this.#startedAt = Date.now();
    this.#timer = setInterval(() => void this.#ask(), everyMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Acts, unless it has acted already. One without a number is always new. */
  take(revocation: RevokeRequest): void {
    if (revocation.id !== undefined) {
      if (this.#acted.has(revocation.id)) return;
      this.#acted.set(revocation.id, Date.now());
    }
    this.#act(revocation);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const answer = await this.#source.revocations(this.#since);
    this.#isAsking = false;
    if (!answer.ok || this.#timer === null) return;
    const now = Date.now();
    const { now: told, revocations } = answer.value;
    if (this.#since === null) this.#from = Date.parse(told) - (now - this.#startedAt) - arrivalMs;
    for (const { at, ...revocation } of revocations) {
      if (Date.parse(at) >= this.#from) this.take(revocation);
    }
    this.#since = told;
    for (const [id, actedAt] of this.#acted) {
      if (now - actedAt > rememberedMs) this.#acted.delete(id);
    }
  }
}
