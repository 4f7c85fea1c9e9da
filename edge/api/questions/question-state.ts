/** A question as it is kept, and how it looks to whoever asks. Pure. */
import type { ChatAuthor } from "../../protocol/chat.ts";
import type { SessionTotal } from "../../protocol/internal-rooms.ts";
import type { Question, QuestionStatus } from "../../protocol/questions.ts";

export interface QuestionState {
  id: string;
  sessionId: string;
  /** Who asked, also where nobody is told. */
  asker: ChatAuthor;
  anonymous: boolean;
  /** Whether staff could see who asks anonymously when it was asked. */
  askerVisible: boolean;
  text: string;
  status: QuestionStatus;
  upvotes: number;
  pinned: boolean;
  answering: boolean;
  answer: string | null;
  messageId: string | null;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface QuestionReader {
  upvoted: boolean;
  /** Staff, where the session lets them see who asks anonymously. Never of what was asked before it did. */
  seesAskers: boolean;
}

/** In what everyone hears, the reader is nobody in particular. */
export const everyReader: QuestionReader = { upvoted: false, seesAskers: false };

/** Pending and archived questions are the team's and their asker's alone. */
export function isQuestionShown(status: QuestionStatus): boolean {
  return status === "visible" || status === "answered";
}

export function describeQuestion(
  question: QuestionState,
  { upvoted, seesAskers }: QuestionReader = everyReader,
): Question {
  const { asker, anonymous, askerVisible, createdAt, ...rest } = question;
  return {
    ...rest,
    user: anonymous ? null : asker,
    upvoted,
    createdAt: new Date(createdAt).toISOString(),
    ...(anonymous && askerVisible && seesAskers ? { asker } : {}),
  };
}

export function sessionTotalOfQuestion({ id, upvotes }: Pick<QuestionState, "id" | "upvotes">): SessionTotal {
  return { kind: "question", total: { questionId: id, upvotes } };
}
