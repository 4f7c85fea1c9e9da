import type { SeededRandom } from "../kills/seeded-random.ts";
import type { Signs, Span, VisitScript } from "./viewer-script.ts";

const wordlessShare = 0.15;
const hiddenShare = 0.12;
const movingShare = 0.2;
/** Seconds of playing between two interruptions. */
const playsFor = [4, 40] as const;

/** What happens from opening to closing. */
export function writeVisit(
  random: SeededRandom,
  { openAt, closeAt }: Pick<VisitScript, "openAt" | "closeAt">,
  { beatSeconds }: { beatSeconds: number },
  signs: Signs,
): VisitScript {
  const length = closeAt - openAt;
  // Timers are slowed only where there are some.
  const isHidden = signs.beats && length > 12 * beatSeconds && random.next() < hiddenShare;
  const hiddenFrom = openAt + random.between(2 * beatSeconds, length / 3);
  const hidden = isHidden ? [{ from: hiddenFrom, to: hiddenFrom + length / 2 }] : [];
  return {
    openAt,
    closeAt,
    saysGoodbye: random.next() >= wordlessShare,
    spans: writeSpans(random, openAt, closeAt),
    hidden,
    networkChangesAt: random.next() < movingShare ? [openAt + length * random.between(0.2, 0.8)] : [],
    faultSeed: random.index(2 ** 32),
  };
}

function writeSpans(random: SeededRandom, openAt: number, closeAt: number): Span[] {
  const spans: Span[] = [];
  let at = openAt;
  const add = (kind: Span["kind"], seconds: number) => {
    const to = Math.min(closeAt, at + seconds);
    if (to > at) spans.push({ from: at, to, kind });
    at = to;
  };
  while (at < closeAt) {
    add("playing", random.between(...playsFor));
    const dice = random.next();
    if (dice < 0.3) add("paused", random.between(2, 12));
    else if (dice < 0.6) add("stalled", random.between(0.3, 3));
    else add("seeking", random.between(0.1, 0.6));
  }
  return spans;
}
