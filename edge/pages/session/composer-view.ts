import * as v from "valibot";
import { ChatText } from "../../protocol/chat.ts";
import { countGraphemes } from "../../protocol/spoken-text.ts";
import { describeSeconds } from "../shared/problem-words.ts";

export interface ComposerFacts {
  text: string;
  connection: "connecting" | "reconnecting" | "open" | "ended";
  /** Milliseconds of the same clock as `now`; null when one may speak. */
  silentUntil: number | null;
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
  const silentSeconds = facts.silentUntil === null ? 0 : (facts.silentUntil - facts.now) / 1000;
  if (silentSeconds > 0) {
    const hint = `You may write again in ${describeSeconds(silentSeconds)}.`;
    return { canSend: false, hint, isProblem: true, charactersLeft };
  }
  if (left < 0) {
    const hint = `That is too long: at most ${longest} characters.`;
    return { canSend: false, hint, isProblem: true, charactersLeft };
  }
  const canSend = v.safeParse(ChatText, facts.text).success && facts.connection !== "ended";
  if (facts.problem !== null) return { canSend, hint: facts.problem, isProblem: true, charactersLeft };
  const hint =
    facts.connection === "reconnecting"
      ? "Reconnecting. What you send goes out as soon as it can."
      : facts.slowModeSeconds > 0
        ? `Slow mode: one message every ${describeSeconds(facts.slowModeSeconds)}.`
        : "";
  return { canSend, hint, isProblem: false, charactersLeft };
}
