import type { ProblemBody, ProblemCode } from "../../protocol/problem.ts";

const words: Partial<Record<ProblemCode, string>> = {
  "bad-credentials": "That email and password do not belong together.",
  unauthenticated: "You have been signed out. Sign in again to go on.",
  forbidden: "You may not do this here.",
  banned: "You have been removed from this event.",
  "read-only": "Sign in to take part.",
  "not-found": "This is not here, or not open to you.",
  "email-taken": "There is an account with this email already. Sign in instead.",
  "event-full": "This event is full, so you can read but not write.",
  "event-over": "This event is over.",
  "chat-disabled": "Chat is switched off here.",
  muted: "A moderator has muted you for now.",
  "too-many-sockets": "Rostrum is open in too many windows. Close one and reload this one.",
  unavailable: "The server cannot be reached right now.",
  internal: "Something went wrong on our side.",
};

export function problemCode(problem: ProblemBody): ProblemCode {
  return problem.type.slice("/problems/".length) as ProblemCode;
}

/** A problem as one sentence for the person in front of the screen. */
export function describeProblem(problem: ProblemBody): string {
  const code = problemCode(problem);
  if (code === "too-many-requests") {
    const wait = problem.retryAfterSeconds;
    return wait
      ? `That was a little fast. Try again in ${describeSeconds(wait)}.`
      : "That was a little fast.";
  }
  if (code === "muted" && problem.retryAfterSeconds) {
    return `A moderator has muted you for ${describeSeconds(problem.retryAfterSeconds)}.`;
  }
  if (code === "invalid" && problem.errors?.[0]) {
    const { pointer, detail } = problem.errors[0];
    return sentence(`${pointer.slice(pointer.lastIndexOf("/") + 1)}: ${detail}`);
  }
  return words[code] ?? sentence(problem.detail ?? problem.title);
}

/** "1 second", "45 seconds", "3 minutes"; always rounded up, so nobody is told to come too early. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return whole === 1 ? "1 second" : `${whole} seconds`;
  const minutes = Math.ceil(whole / 60);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
