/** What engagement is weighed by, as configuration writes it: `watching=50,messages=15,…`. Pure. */
import type { Deeds, Engagement } from "../../protocol/analytics.ts";

export type Deed = keyof Deeds;
export type EngagementPart = keyof Engagement["parts"];

export const deeds = ["messages", "questions", "upvotes", "votes", "reactions"] as const satisfies Deed[];
export const engagementParts = ["watching", ...deeds] as const satisfies EngagementPart[];

export interface EngagementSettings {
  /** How much of the hundred points each part can bring: together 100. */
  weights: Record<EngagementPart, number>;
  /** k of 1 − e^(−n/k): after so many deeds, 63 % of a part's weight is reached. */
  scales: Record<Deed, number>;
}

export const defaultWeights = "watching=50,messages=15,questions=10,upvotes=5,votes=15,reactions=5";
export const defaultScales = "messages=5,questions=2,upvotes=4,votes=2,reactions=10";

type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Weights of any size, made to add up to 100; a part that is not named weighs nothing. */
export function parseWeights(text: string): Parsed<EngagementSettings["weights"]> {
  const given = parseAmounts(text, engagementParts);
  if (!given.ok) return given;
  const sum = [...given.value.values()].reduce((total, weight) => total + weight, 0);
  if (sum === 0) return { ok: false, reason: "must give at least one part a weight above 0" };
  const weightOf = (part: EngagementPart) => ((given.value.get(part) ?? 0) / sum) * 100;
  return { ok: true, value: record(engagementParts, weightOf) };
}

/** A deed that is not named keeps its usual scale. */
export function parseScales(text: string): Parsed<EngagementSettings["scales"]> {
  const usual = parseAmounts(defaultScales, deeds);
  const given = parseAmounts(text, deeds);
  if (!given.ok) return given;
  if (!usual.ok) return usual;
  const zero = [...given.value].find(([, scale]) => scale === 0);
  if (zero) return { ok: false, reason: `must give ${zero[0]} a scale above 0` };
  return { ok: true, value: record(deeds, (deed) => given.value.get(deed) ?? usual.value.get(deed) ?? 1) };
}

function parseAmounts<Name extends string>(text: string, known: readonly Name[]): Parsed<Map<Name, number>> {
  const amounts = new Map<Name, number>();
  for (const entry of text.split(",")) {
    const [, word = "", amount] = /^\s*([a-z]+)\s*=\s*(\d{1,6}(?:\.\d{1,6})?)\s*$/.exec(entry) ?? [];
    if (amount === undefined)
      return { ok: false, reason: "must be like messages=5,questions=2: names with amounts of 0 and above" };
    const name = known.find((each) => each === word);
    if (name === undefined) return { ok: false, reason: `may name ${known.join(", ")} and nothing else` };
    if (amounts.has(name)) return { ok: false, reason: `names ${name} twice` };
    amounts.set(name, Number(amount));
  }
  return { ok: true, value: amounts };
}

function record<Name extends string>(names: readonly Name[], of: (name: Name) => number) {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, number>;
}
