import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import type { EdgeApi } from "../edge-api.ts";
import { GatheredCalls, SharedRead } from "./gathered-calls.ts";
import { askAgainOnce } from "./joined-room.ts";

/** A session's state as everyone may see it, serialised once for all who join within a second. */
export type Snapshot = { ok: true; startedAt: number; seq: number; text: string } | { ok: false };

/** Asks for many viewers at a time whether they may be in a session. `learned` hears of which event it is. */
export function sessionVerdicts(api: EdgeApi, sessionId: string, learned: (eventId: string) => void) {
  return new GatheredCalls<Viewer, JoinVerdict>({ gatherMs: 5, limit: 200, atOnce: 2 }, async (viewers) => {
    const answer = await askAgainOnce((asked) => api.joinSession(sessionId, asked), viewers);
    if (!answer.ok) return viewers.map(() => ({ allowed: false, problem: answer.problem }));
    learned(answer.value.eventId);
    return answer.value.verdicts;
  });
}

export function sessionSnapshots(api: EdgeApi, sessionId: string): SharedRead<Snapshot> {
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
