/** What people write to each other: what may stand in it and how its length is counted. */
import * as v from "valibot";

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Counted as people count: a family emoji is one (UAX #29). Stops counting above `limit`. */
export function countGraphemes(text: string, limit: number): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) if (++count > limit) break;
  return count;
}

/** Embeddings, overrides and isolates (UAX #9): one of them can turn round the lines of everyone below it. */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/gu;
/** More marks on one letter than any language uses, which reach over the neighbours' lines. */
const heapedMarks = /\p{M}{9,}/u;

/**
 * Text of 1 to `most` grapheme clusters, trimmed and without direction controls. Refused: control characters other
 * than line breaks and tabs, lone surrogates, heaps of combining marks, and what nobody would see (zero-width alone).
 * At most 16 UTF-16 units a cluster allowed, so that one cluster cannot be a book.
 */
export function spokenText(most: number) {
  return v.pipe(
    v.string(),
    v.maxLength(most * 16),
    v.transform((text) => text.replace(directionControls, "").trim()),
    v.check(
      (text) => /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{C}]/u.test(text),
      "has nothing that can be seen",
    ),
    v.check(
      (text) => text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text) && !heapedMarks.test(text),
      "has characters that cannot be kept",
    ),
    // A cluster is one unit at least, so most texts need no segmenting, which costs more than all else here.
    v.check(
      (text) => text.length <= most || countGraphemes(text, most) <= most,
      `is longer than ${most} characters`,
    ),
  );
}
