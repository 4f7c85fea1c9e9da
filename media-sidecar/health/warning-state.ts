/** When a warning appears and when it goes: not with every look, and not with a single bad one. Values in, values out. */

/** What one look says of one rule: words that a streamer understands, all well, or nothing either way. */
export type Verdict = { readonly bad: string } | "good" | "unsure";

export interface Patience {
  /** So many bad looks in a row until it is said. */
  readonly after: number;
  /** So many good looks in a row until it is taken back. */
  readonly calm: number;
}

export interface WarningState {
  /** What is said now; null for nothing. */
  readonly said: string | null;
  readonly bad: number;
  readonly good: number;
}

export const quiet: WarningState = { said: null, bad: 0, good: 0 };

/** Between good and bad nothing changes, and a row is not broken. What is said is said with the newest figures. */
export function nextWarning(state: WarningState, verdict: Verdict, { after, calm }: Patience): WarningState {
  if (verdict === "unsure") return state;
  if (verdict === "good") {
    const good = Math.min(calm, state.good + 1);
    return { said: good >= calm ? null : state.said, bad: 0, good };
  }
  const bad = Math.min(after, state.bad + 1);
  return { said: state.said !== null || bad >= after ? verdict.bad : null, bad, good: 0 };
}
