import type { Question } from "../../protocol/questions.ts";

export type QuestionSort = "top" | "new";

/** What is being answered, then what is pinned, then by the sort; what waits for a moderator before all, what is answered after. */
export function questionOrder(questions: readonly Question[], sort: QuestionSort): Question[] {
  return questions
    .filter(({ status }) => status !== "archived")
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        (sort === "top" ? b.upvotes - a.upvotes : 0) ||
        (sort === "top" ? a.createdAt.localeCompare(b.createdAt) : b.createdAt.localeCompare(a.createdAt)),
    );
}

function rank({ status, answering, pinned }: Question): number {
  if (status === "pending") return 0;
  if (answering) return 1;
  if (status === "answered") return 4;
  return pinned ? 2 : 3;
}

/**
 * The order held still while somebody is about to press something: what is known keeps its place, what is new comes
 * behind. `held` are ids in the order in which they stand.
 */
export function heldOrder(questions: readonly Question[], held: readonly string[]): Question[] {
  const place = new Map(held.map((id, index) => [id, index]));
  const placeOf = ({ id }: Question) => place.get(id) ?? held.length;
  return questions.toSorted((a, b) => placeOf(a) - placeOf(b));
}
