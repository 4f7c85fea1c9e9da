/** A rule that does not hold. */
export interface Fault {
  /** Of draft-pantos-hls-rfc8216bis. */
  readonly section: string;
  readonly says: string;
}

/** For an assertion: one line a fault. */
export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ section, says }) => `§${section}: ${says}`).join("\n");
}

/** A rule as a function of what it is about: the section, and what is wrong, if anything. */
export type Rule<T> = readonly [section: string, check: (subject: T) => string | readonly string[] | null];

export function applyRules<T>(rules: readonly Rule<T>[], subject: T): Fault[] {
  return rules.flatMap(([section, check]) => {
    const said = check(subject) ?? [];
    return (typeof said === "string" ? [said] : said).map((says) => ({ section, says }));
  });
}
