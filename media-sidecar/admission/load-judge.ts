/** Whether a stream's encoders keep up, from a look at them every second. Values in, values out. */

import type { LatencyMode } from "../../edge/protocol/streams.ts";

/** How far behind is too far, and how the answer is waited for. */
export interface LoadLimits {
  /** Seconds of source that wait for the encoders. */
  readonly behindSeconds: number;
  /** Looks in a row, a second apart, that must all be beyond it, the later ones not better than the earlier ones. */
  readonly looks: number;
  /** Calm for so long before a rung is brought back; longer after each one that had to go again. */
  readonly calmSeconds: number;
  /** A rung that was brought back and stays this long has proved itself. */
  readonly provenSeconds: number;
  /** After a change of one stream all are given time to feel it, before anything is shed or brought back. */
  readonly settleSeconds: { readonly shed: number; readonly grow: number };
}

const settleSeconds = { shed: 6, grow: 10 };

/**
 * Players of the standard mode are at least 6 s behind the source, and what they have buffered lasts while a smaller
 * ladder catches up. In the low-latency mode they have about a second.
 */
export const loadLimits: Record<LatencyMode, LoadLimits> = {
  standard: { behindSeconds: 2.5, looks: 6, calmSeconds: 30, provenSeconds: 300, settleSeconds },
  low: { behindSeconds: 1.5, looks: 4, calmSeconds: 30, provenSeconds: 300, settleSeconds },
};

export interface LoadState {
  /** The newest backlogs, oldest first, in seconds. */
  readonly backlogs: readonly number[];
  readonly calmSinceMs: number | null;
  /** How long it must be calm before a rung comes back. */
  readonly patienceSeconds: number;
  readonly broughtBackAtMs: number | null;
}

export type LoadVerdict = "behind" | "calm" | "watching";

const mostPatienceSeconds = 900;
/** Fragments come in steps: a difference of means below this is none. */
const noStepSeconds = 0.15;

export function freshLoad(limits: LoadLimits): LoadState {
  return {
    backlogs: [],
    calmSinceMs: null,
    patienceSeconds: limits.calmSeconds,
    broughtBackAtMs: null,
  };
}

/** `allowanceSeconds`: what encoders hold of a source at this frame rate before they give anything. */
export function judgeLoad(
  state: LoadState,
  look: { atMs: number; backlogSeconds: number; allowanceSeconds: number },
  limits: LoadLimits,
): { state: LoadState; verdict: LoadVerdict } {
  const backlogs = [...state.backlogs, look.backlogSeconds].slice(-limits.looks);
  const limit = limits.behindSeconds + look.allowanceSeconds;
  const calm = look.backlogSeconds < limit / 2 + look.allowanceSeconds / 2;
  const calmSinceMs = calm ? (state.calmSinceMs ?? look.atMs) : null;
  const proven =
    state.broughtBackAtMs !== null && look.atMs - state.broughtBackAtMs >= limits.provenSeconds * 1000;
  const next: LoadState = {
    backlogs,
    calmSinceMs,
    patienceSeconds: proven ? limits.calmSeconds : state.patienceSeconds,
    broughtBackAtMs: proven ? null : state.broughtBackAtMs,
  };
  if (isBehind(backlogs, limit, limits.looks)) return { state: next, verdict: "behind" };
  const patient = calmSinceMs !== null && look.atMs - calmSinceMs >= next.patienceSeconds * 1000;
  return { state: next, verdict: patient ? "calm" : "watching" };
}

/** A rung went: what was seen before says nothing of those that are left. */
export function afterShedding(state: LoadState, limits: LoadLimits): LoadState {
  const again = state.broughtBackAtMs !== null;
  const patienceSeconds = again
    ? Math.min(mostPatienceSeconds, state.patienceSeconds * 2)
    : state.patienceSeconds;
  return { ...freshLoad(limits), patienceSeconds };
}

/** One came back, and is on trial. */
export function afterBringingBack(state: LoadState, atMs: number): LoadState {
  return { ...state, backlogs: [], calmSinceMs: null, broughtBackAtMs: atMs };
}

/** All looks beyond the limit, and not because a backlog is being worked off. */
function isBehind(backlogs: readonly number[], limit: number, looks: number): boolean {
  if (backlogs.length < looks || backlogs.some((backlog) => backlog <= limit)) return false;
  const half = looks / 2;
  return mean(backlogs.slice(half)) > mean(backlogs.slice(0, half)) - noStepSeconds;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
