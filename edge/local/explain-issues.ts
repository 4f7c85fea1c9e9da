import type { BaseIssue } from "valibot";

/** One line a variable: its name and what is wrong with it, never its value. */
export function explainIssues(issues: readonly BaseIssue<unknown>[]): string {
  const first = new Map<string, string>();
  for (const { path, message } of issues) {
    const name = String(path?.[0]?.key ?? "The environment");
    // valibot's own words for a key that is absent.
    const reason = message.startsWith("Invalid key") ? "is not set" : message;
    if (!first.has(name)) first.set(name, `${name} ${reason}.`);
  }
  return [...first.values()].join("\n");
}
