import type { Database } from "../../db/open-database.ts";
import type { Mine } from "../../protocol/engagement.ts";
import { readOwnChat } from "../chat/own-chat.ts";
import { readVotes } from "../polls/poll-queries.ts";
import { readOwnQuestions } from "../questions/own-questions.ts";

/** For who has nothing of their own: anonymous viewers, and most others. */
const nothingOfOnesOwn: Mine = {
  votes: {},
  upvotes: [],
  asked: [],
  questions: [],
  messages: [],
  mutedUntil: null,
};

/** What a join says of one person. */
export interface OwnThings {
  mine: Mine;
  /** For the gateway, never for the person. */
  silencedUntil: string | null;
}

export const noOwnThings: OwnThings = { mine: nothingOfOnesOwn, silencedUntil: null };

/** What is each person's own in a session; six queries, sent together, for any number of people. */
export async function readMine(
  db: Database,
  sessionId: string,
  userIds: readonly string[],
): Promise<(userId: string | null) => OwnThings> {
  const ids = [...new Set(userIds)];
  const [votes, questions, chat] = await Promise.all([
    readVotes(db, sessionId, ids),
    readOwnQuestions(db, sessionId, ids),
    readOwnChat(db, sessionId, ids),
  ]);
  return (userId) => {
    if (userId === null) return noOwnThings;
    const voted = votes.get(userId);
    const { silencedUntil = null, ...said } = chat.get(userId) ?? {};
    const mine = {
      ...nothingOfOnesOwn,
      ...(voted === undefined ? {} : { votes: voted }),
      ...questions.get(userId),
      ...said,
    };
    return { mine, silencedUntil };
  };
}
