/** How fast one person may write, and not the same again. Pure. */
import { type CommitSession, type Refusal, refuse } from "../session-log/session-planner.ts";
import { plainText } from "./plain-text.ts";

/** 5 chat messages in 10 s a user; staff are exempt. */
export const chatRate = { messages: 5, windowMs: 10_000 } as const;

/** What one person wrote lately. */
export interface Writing {
  /** In any session, newest first; times in milliseconds. `text` is null where it was written elsewhere. */
  recent: { at: number; text: string | null; plain?: string }[];
  /** When they last wrote in this session, if within its slow mode. */
  hereAt: number | null;
}

/** Why this person may not say this now. */
export function refuseHaste(
  writing: Writing,
  text: string,
  now: number,
  { slowModeSeconds, duplicateSeconds }: Pick<CommitSession, "slowModeSeconds" | "duplicateSeconds">,
): Refusal | null {
  const slowUntil =
    slowModeSeconds > 0 && writing.hereAt !== null ? writing.hereAt + slowModeSeconds * 1000 : 0;
  // The message that must leave the window before another may enter it.
  const blocking = writing.recent[chatRate.messages - 1];
  const rateUntil = blocking === undefined ? 0 : blocking.at + chatRate.windowMs;
  const until = Math.max(slowUntil, rateUntil);
  if (until > now) {
    return refuse("too-many-requests", {
      detail: slowUntil >= rateUntil ? "This session is in slow mode" : "You are writing too fast",
      retryAfterSeconds: secondsUntil(until, now),
    });
  }
  // Most have written nothing that this could repeat, and comparing texts costs more than all else here.
  const near = writing.recent.filter((one) => one.text !== null && one.at + duplicateSeconds * 1000 > now);
  if (near.length === 0) return null;
  const plain = plainText(text);
  const same = near.find((one) => plainOf(one) === plain);
  if (same === undefined || plain === "") return null;
  return refuse("said-already", { retryAfterSeconds: secondsUntil(same.at + duplicateSeconds * 1000, now) });
}

/** Counts what was said now, so that a batch cannot outrun the limits. */
export function noteWriting(writing: Writing, text: string, now: number): void {
  writing.recent.unshift({ at: now, text });
  writing.hereAt = now;
}

export function secondsUntil(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000));
}

function plainOf(one: Writing["recent"][number]): string {
  one.plain ??= plainText(one.text ?? "");
  return one.plain;
}
