import * as v from "valibot";
import { CommitCommand, type CommitResponse, type CommitResult } from "../../protocol/internal-rooms.ts";
import { problemBody, problemErrors } from "../../protocol/problem.ts";

/** A batch as it comes in; its commands are parsed one by one, so that a malformed one spoils no other. */
export const CommitBatch = v.object({
  commands: v.pipe(v.array(v.unknown()), v.minLength(1), v.maxLength(1000)),
});

export interface ParsedBatch {
  commands: CommitCommand[];
  /** One entry for each command that came in: its place in `commands`, or why it has none. */
  places: (number | CommitResult)[];
}

export function parseBatch(given: readonly unknown[]): ParsedBatch {
  const batch: ParsedBatch = { commands: [], places: [] };
  for (const one of given) {
    const result = v.safeParse(CommitCommand, one);
    if (result.success) {
      batch.places.push(batch.commands.push(result.output) - 1);
    } else {
      const errors = problemErrors(result.issues);
      batch.places.push({ ok: false, problem: problemBody("invalid", { errors }) });
    }
  }
  return batch;
}

/** Puts the results back into the order in which the commands came. */
export function placeResults(batch: ParsedBatch, committed: CommitResponse): CommitResponse {
  const results = batch.places.map((place) =>
    typeof place === "number" ? committed.results[place]! : place,
  );
  return { ...committed, results };
}
