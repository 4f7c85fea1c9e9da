import * as v from "valibot";
import { ChatText } from "../../protocol/chat.ts";
import { countGraphemes } from "../../protocol/spoken-text.ts";
import { describeSeconds } from "../shared/problem-words.ts";

export interface ComposerFacts {
  text: string;
  connection: "connecting" | "reconnecting" | "open" | "ended";
  /** Milliseconds of the same clock as `now`; null when one may speak. */
  silentUntil: number | null;
  /** As `silentUntil`, and said by a moderator. */
  mutedUntil: number | null;
  now: number;
  slowModeSeconds: number;
  /** What went wrong last, in words. */
  problem: string | null;
}

export interface ComposerView {
  canSend: boolean;
  hint: string;
  /** A hint that must not be missed. */
  isProblem: boolean;
  /** Characters left, shown only near the end. */
  charactersLeft: number | null;
}

const longest = 500;

export function composerView(facts: ComposerFacts): ComposerView {
  const count = countGraphemes(facts.text, longest + 200);
  const left = longest - count;
  const charactersLeft = left <= 60 ? left : null;
  const mutedSeconds = secondsUntil(facts.mutedUntil, facts.now);
  if (mutedSeconds > 0) {
    const hint = `A moderator has muted you. You may write again in ${describeSeconds(mutedSeconds)}.`;
    return { canSend: false, hint, isProblem: true, charactersLeft };
  }
  const silentSeconds = secondsUntil(facts.silentUntil, facts.now);
  if (silentSeconds > 0) {
    const hint = `You may write again in ${describeSeconds(silentSeconds)}.`;
    return { canSend: false, hint, isProblem: facts.slowModeSeconds === 0, charactersLeft };
  }
  if (left < 0) {
    const hint = `That is too long: at most ${longest} characters.`;
    return { canSend: false, hint, isProblem: true, charactersLeft };
  }
  const canSend = v.safeParse(ChatText, facts.text).success && facts.connection !== "ended";
  if (facts.problem !== null) return { canSend, hint: facts.problem, isProblem: true, charactersLeft };
  return { canSend, hint: standingHint(facts), isProblem: false, charactersLeft };
}

function standingHint({ connection, slowModeSeconds }: ComposerFacts): string {
  if (connection === "reconnecting") return "Reconnecting. What you send goes out as soon as it can.";
  if (slowModeSeconds > 0) return `Slow mode: one message every ${describeSeconds(slowModeSeconds)}.`;
  return "";
}

function secondsUntil(until: number | null, now: number): number {
  return until === null ? 0 : (until - now) / 1000;
}
