import { pollOptions, polls, questions } from "../../db/schema/engagement-tables.ts";
import { chatMessages } from "../../db/schema/session-log-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { TestApi } from "../test-application.ts";

/** In each session a message, a question and an open poll of someone else's; and some that not everyone sees. */
export async function makeSaidThings(
  db: TestApi["deps"]["db"],
  all: readonly { name: string; sessionId: string }[],
  otherId: string,
  userId: string,
) {
  const said = all.map(({ sessionId }) => ({
    sessionId,
    messageId: newIdentifier("message"),
    questionId: newIdentifier("question"),
    pollId: newIdentifier("poll"),
  }));
  const { sessionId } = all.find(({ name }) => name === "own public")!;
  const [ownMessageId, heldMessageId] = [newIdentifier("message"), newIdentifier("message")];
  const pendingQuestionId = newIdentifier("question");
  const draftPollId = newIdentifier("poll");
  // Seqs far behind whatever the walk itself may say.
  await db.insert(chatMessages).values([
    ...said.map((each) => ({
      id: each.messageId,
      sessionId: each.sessionId,
      seq: 1e9,
      userId: otherId,
      text: "Hello",
    })),
    { id: ownMessageId, sessionId, seq: 1e9 + 1, userId, text: "Hello" },
    { id: heldMessageId, sessionId, seq: 1e9 + 2, userId: otherId, text: "Hello", state: "held" as const },
  ]);
  await db.insert(questions).values([
    ...said.map((each) => ({
      id: each.questionId,
      sessionId: each.sessionId,
      userId: otherId,
      text: "Why?",
    })),
    { id: pendingQuestionId, sessionId, userId: otherId, text: "Why?", status: "pending" as const },
  ]);
  const allPolls = [
    ...said.map(({ pollId: id, sessionId: where }) => ({
      id,
      sessionId: where,
      question: "Tea?",
      status: "open" as const,
    })),
    { id: draftPollId, sessionId, question: "Coffee?", status: "draft" as const },
  ];
  await db.insert(polls).values(allPolls);
  const options = allPolls.flatMap(({ id: pollId }) =>
    ["Yes", "No"].map((text, position) => ({ id: newIdentifier("pollOption"), pollId, position, text })),
  );
  await db.insert(pollOptions).values(options);
  return {
    of: (id: string) => said.find((each) => each.sessionId === id)!,
    optionOf: (id: string) => options.find(({ pollId }) => pollId === id)?.id ?? newIdentifier("pollOption"),
    ownMessageId,
    heldMessageId,
    pendingQuestionId,
    draftPollId,
  };
}
