import type { Poll } from "../../edge/protocol/polls.ts";
import type { Question } from "../../edge/protocol/questions.ts";
import type { ApiClient } from "../support/api-client.ts";

/** What a crowd votes on. */
export interface Ballot {
  pollId: string;
  optionIds: string[];
  questionIds: string[];
}

/** A poll of four options and some questions, made by a moderator. */
export async function makeBallot(
  moderator: ApiClient,
  sessionId: string,
  questions: number,
): Promise<Ballot> {
  const poll = await moderator.call<Poll>("POST", "/api/polls", {
    sessionId,
    question: "Which part was the best?",
    options: ["The first", "The second", "The third", "The last"],
  });
  const questionIds: string[] = [];
  for (let index = 0; index < questions; index++) {
    const text = `What comes after part ${index}?`;
    const path = `/api/questions/session/${sessionId}`;
    questionIds.push((await moderator.call<Question>("POST", path, { text })).id);
  }
  return { pollId: poll.id, optionIds: poll.options.map(({ id }) => id), questionIds };
}
