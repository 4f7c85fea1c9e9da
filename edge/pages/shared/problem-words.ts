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
  "questions-disabled": "Questions are switched off here.",
  "polls-disabled": "Polls are switched off here.",
  "poll-not-open": "This poll is closed.",
  "said-already": "You have just said this.",
  "words-refused": "That has words that are not allowed here.",
  "too-many-sockets": "Rostrum is open in too many windows. Close one and reload this one.",
  unavailable: "The server cannot be reached right now.",
  internal: "Something went wrong on our side.",
};

export function problemCode(problem: ProblemBody): ProblemCode {
  return problem.type.slice("/problems/".length) as ProblemCode;
}

type Labels = Readonly<Partial<Record<string, { label: string }>>>;

/** A problem as one sentence for the person in front of the screen, to whom a field is called as `fields` has it. */
export function describeProblem(problem: ProblemBody, fields: Labels = {}): string {
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
    const field = pointer.slice(pointer.lastIndexOf("/") + 1);
    const name = fields[field]?.label ?? `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    return invalidWords(name, detail);
  }
  return words[code] ?? sentence(problem.detail ?? problem.title);
}

/** Details that are said of the field go on from its name: "Title is missing." */
function invalidWords(name: string, detail: string): string {
  if (/^Invalid length: Expected >=1\b/.test(detail)) return `${name} is missing.`;
  return sentence(/^(is|has|must|names) /.test(detail) ? `${name} ${detail}` : `${name}: ${detail}`);
}

/** "1 second", "3 minutes", "2 hours", "3 days"; always rounded up, so nobody is told to come too early. */
export function describeSeconds(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const whole = Math.max(1, Math.ceil(seconds));
  // A wait of 90 minutes reads better than one of 2 hours.
  const [name, size] =
    units.find(([, length]) => whole >= length * (length > 60 ? 2 : 1) || whole === length) ?? units[3];
  const count = Math.ceil(whole / size);
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
