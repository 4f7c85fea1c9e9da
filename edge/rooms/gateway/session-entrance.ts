import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import type { ProblemBody } from "../../protocol/problem.ts";
import { realtimeLimits } from "../../protocol/realtime.ts";
import type { EdgeApi } from "../edge-api.ts";
import { unavailable } from "../problem-response.ts";
import { GatheredCalls, SharedRead } from "./gathered-calls.ts";
import type { HeldEvents } from "./held-events.ts";
import { askAgainOnce } from "./joined-room.ts";

export type AllowedVerdict = Extract<JoinVerdict, { allowed: true }>;

/** Where one who may come in begins. */
export interface Entry {
  readonly verdict: AllowedVerdict;
  /** They have everything up to this seq, or it is in the snapshot. */
  readonly point: number;
  /** JSON text; null for those who go on where they were. */
  readonly snapshot: string | null;
  /** What was counted from then on, in milliseconds since the epoch, they must be told. */
  readonly totalsSince: number;
}

/** A session's state as everyone may see it, serialised once for all who join within a second. */
type Snapshot = { ok: true; startedAt: number; seq: number; text: string } | { ok: false };

export interface EntranceSettings {
  readonly api: EdgeApi;
  readonly sessionId: string;
  readonly held: HeldEvents;
  /** Enters the room, for one who may; false when it does not answer. */
  whenWelcomed(): Promise<boolean>;
  /** Hears of which event the session is. */
  learned(eventId: string): void;
}

/** The way into a session: whether one may, and from where on they are told. */
export class SessionEntrance {
  readonly #settings: EntranceSettings;
  readonly #verdicts: GatheredCalls<Viewer, JoinVerdict>;
  readonly #snapshots: SharedRead<Snapshot>;

  constructor(settings: EntranceSettings) {
    this.#settings = settings;
    this.#verdicts = verdicts(settings);
    this.#snapshots = snapshots(settings);
  }

  /** `after`: the seq up to which they say that they have everything. */
  async pass(viewer: Viewer, after: number | undefined): Promise<Entry | { problem: ProblemBody }> {
    const verdict = await this.#verdicts.ask(viewer);
    if (!verdict.allowed) return { problem: verdict.problem };
    if (!(await this.#settings.whenWelcomed())) return { problem: unavailable() };
    const { held } = this.#settings;
    if (after !== undefined && (await held.reaches(after)))
      return { verdict, point: after, snapshot: null, totalsSince: 0 };
    // In the second for which one is kept, more can be said than a resume carries.
    const read = await this.#snapshots.get(
      Date.now(),
      (kept) => !kept.ok || this.#head - kept.seq <= realtimeLimits.resumeEvents,
    );
    if (!read.ok) return { problem: unavailable() };
    const { seq: point, text: snapshot, startedAt: totalsSince } = read;
    // A snapshot can be ahead of what the room has said yet; then nothing is missing.
    if (point < this.#head && !(await held.reaches(point))) return { problem: unavailable() };
    return { verdict, point, snapshot, totalsSince };
  }

  /** The room has begun anew: what was read of it is no longer true. */
  forget(): void {
    this.#snapshots.forget();
  }

  get #head(): number {
    return this.#settings.held.head ?? 0;
  }
}

function verdicts({ api, sessionId, learned }: EntranceSettings): GatheredCalls<Viewer, JoinVerdict> {
  return new GatheredCalls({ gatherMs: 5, limit: 200, atOnce: 2 }, async (viewers) => {
    const answer = await askAgainOnce((asked) => api.joinSession(sessionId, asked), viewers);
    if (!answer.ok) return viewers.map(() => ({ allowed: false, problem: answer.problem }));
    learned(answer.value.eventId);
    return answer.value.verdicts;
  });
}

function snapshots({ api, sessionId }: EntranceSettings): SharedRead<Snapshot> {
  return new SharedRead<Snapshot>(
    1000,
    (read) => read.ok,
    async () => {
      const startedAt = Date.now();
      const answer = await api.snapshot(sessionId);
      if (!answer.ok) return { ok: false };
      const { seq, snapshot } = answer.value;
      return { ok: true, startedAt, seq, text: JSON.stringify(snapshot) };
    },
  );
}
