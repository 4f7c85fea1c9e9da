import type { Database } from "../../db/open-database.ts";
import type { Mine } from "../../protocol/engagement.ts";
import { readOwnChat } from "../chat/own-chat.ts";
import { readVotes } from "../polls/poll-queries.ts";
import { readOwnQuestions } from "../questions/own-questions.ts";

/** For who has nothing of their own: anonymous viewers, and most others. */
export const nothingOfOnesOwn: Mine = {
  votes: {},
  upvotes: [],
  asked: [],
  questions: [],
  messages: [],
  mutedUntil: null,
};

/** What is each person's own in a session; six queries, sent together, for any number of people. */
export async function readMine(
  db: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<(userId: string | null) => Mine> {
  const ids = [...new Set(userIds)];
  const [votes, questions, chat] = await Promise.all([
    readVotes(db, sessionId, ids),
    readOwnQuestions(db, sessionId, ids),
    readOwnChat(db, sessionId, ids),
  ]);
  return (userId) => {
    if (userId === null) return nothingOfOnesOwn;
    const voted = votes.get(userId);
    return {
      ...nothingOfOnesOwn,
      ...(voted === undefined ? {} : { votes: voted }),
      ...questions.get(userId),
      ...chat.get(userId),
    };
  };
}
