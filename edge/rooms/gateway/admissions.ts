import type { Viewer } from "../../protocol/internal-rooms.ts";
import type { ProblemBody } from "../../protocol/problem.ts";
import { problemBody } from "../../protocol/problem.ts";
import type { EdgeApi } from "../edge-api.ts";
import { unavailable } from "../problem-response.ts";
import { GatheredCalls } from "./gathered-calls.ts";

export type Admission = { ok: true; viewer: Viewer } | { ok: false; problem: ProblemBody };

/** An API that took its time to fail is not asked again at once for everyone who waited behind. */
const longestRestMs = 500;

/**
 * Who is behind the tokens of those at the door, asked of the edge API for many at a time. After a restart thousands
 * come within a second: a call for each would bury the API under questions of callers who have given up.
 */
export class Admissions {
  readonly #gathered: GatheredCalls<string, Admission>;
  #awayUntil = 0;

  constructor(api: Pick<EdgeApi, "admit">, clock: () => number = Date.now) {
    this.#gathered = new GatheredCalls({ gatherMs: 2, limit: 200, atOnce: 2 }, async (tokens) => {
      const refuseAll = (problem: ProblemBody) => tokens.map((): Admission => ({ ok: false, problem }));
      if (clock() < this.#awayUntil) return refuseAll(unavailable());
      const askedAt = clock();
      const answer = await api.admit(tokens);
      if (!answer.ok) {
        this.#awayUntil = clock() + Math.min(longestRestMs, clock() - askedAt);
        return refuseAll(unavailable());
      }
      return answer.value.viewers.map(
        (viewer): Admission =>
          viewer === null ? { ok: false, problem: problemBody("unauthenticated") } : { ok: true, viewer },
      );
    });
  }

  /** 503 when the API is away, 401 when the token is not good. */
  admit(token: string): Promise<Admission> {
    return this.#gathered.ask(token);
  }
}
