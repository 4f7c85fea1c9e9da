import {
  type ChatMessage,
  ChatMessageList,
  Moderation,
  type ModerationChange,
  type Mute,
  MuteList,
} from "../../protocol/chat.ts";
import { SessionViewers } from "../../protocol/engagement.ts";
import { PollList, type PollStatus } from "../../protocol/polls.ts";
import { type Question, type QuestionChange, QuestionList } from "../../protocol/questions.ts";
import { parsedBodyOf, rostrum } from "../shared/api-client.ts";

/** The body of POST /api/polls without its session. */
export interface NewPoll {
  question: string;
  options: string[];
  multiple: boolean;
  hideResults: boolean;
  closesAt: string | null;
  status: "draft" | "open";
}

/** What goes to the API over HTTP: reading what the socket does not say, and everything that only some may do. */
export class SessionCalls {
  #id: string;
  #eventId: string;

  constructor(session: { id: string; eventId: string }) {
    this.#id = session.id;
    this.#eventId = session.eventId;
  }

  /** Throws ApiError, as all here. */
  async takeSeat(): Promise<void> {
    await rostrum.api.events[":id"].join.$post({ param: { id: this.#eventId }, json: {} });
  }

  async pin(messageId: string, pinned: boolean): Promise<void> {
    await rostrum.api.chat[":id"].pin.$patch({ param: { id: messageId }, json: { pinned } });
  }

  async deleteMessage(messageId: string): Promise<void> {
    await rostrum.api.chat[":id"].$delete({ param: { id: messageId } });
  }

  async review(messageId: string, approve: boolean): Promise<void> {
    await rostrum.api.chat[":id"].review.$patch({ param: { id: messageId }, json: { approve } });
  }

  /** All messages, or all of one person's. */
  async clear(userId: string | null): Promise<void> {
    await rostrum.api.chat.session[":id"].clear.$post({ param: { id: this.#id }, json: { userId } });
  }

  async mute(userId: string, seconds: number, shadow: boolean): Promise<void> {
    const json = { userId, seconds, shadow };
    await rostrum.api.chat.session[":id"].mutes.$post({ param: { id: this.#id }, json });
  }

  async unmute(userId: string): Promise<void> {
    await rostrum.api.chat.session[":id"].mutes[":userId"].$delete({ param: { id: this.#id, userId } });
  }

  async ban(userId: string): Promise<void> {
    await rostrum.api.events[":id"].bans[":userId"].$post({ param: { id: this.#eventId, userId } });
  }

  async questionFrom(messageId: string): Promise<void> {
    const json = { messageId };
    await rostrum.api.questions.session[":id"]["from-message"].$post({ param: { id: this.#id }, json });
  }

  async changeQuestion(questionId: string, json: QuestionChange): Promise<void> {
    await rostrum.api.questions[":id"].$patch({ param: { id: questionId }, json });
  }

  async createPoll(poll: NewPoll): Promise<void> {
    await rostrum.api.polls.$post({ json: { sessionId: this.#id, ...poll } });
  }

  async setPollStatus(pollId: string, status: PollStatus): Promise<void> {
    await rostrum.api.polls[":id"].$patch({ param: { id: pollId }, json: { status } });
  }

  async changeModeration(json: ModerationChange): Promise<void> {
    await rostrum.api.sessions[":id"].moderation.$patch({ param: { id: this.#id }, json });
  }

  moderation(): Promise<Moderation> {
    return parsedBodyOf(rostrum.api.sessions[":id"].moderation.$get({ param: { id: this.#id } }), Moderation);
  }

  async held(): Promise<ChatMessage[]> {
    const answer = rostrum.api.chat.session[":id"].held.$get({
      param: { id: this.#id },
      query: { limit: "200" },
    });
    return (await parsedBodyOf(answer, ChatMessageList)).items;
  }

  async mutes(): Promise<Mute[]> {
    const answer = rostrum.api.chat.session[":id"].mutes.$get({
      param: { id: this.#id },
      query: { limit: "200" },
    });
    return (await parsedBodyOf(answer, MuteList)).items;
  }

  viewers(): Promise<SessionViewers> {
    return parsedBodyOf(
      rostrum.api.sessions[":id"].viewers.$get({ param: { id: this.#id } }),
      SessionViewers,
    );
  }

  /** Messages before that seq, oldest first. */
  async earlierMessages(before: number): Promise<ChatMessage[]> {
    const query = { before: String(before), limit: "100" };
    const answer = rostrum.api.chat.session[":id"].$get({ param: { id: this.#id }, query });
    return (await parsedBodyOf(answer, ChatMessageList)).items;
  }

  /** All that are not archived, by pages. */
  async questions(cursor: string | null): Promise<{ items: Question[]; nextCursor: string | null }> {
    const query = { sort: "top" as const, limit: "100", ...(cursor === null ? {} : { cursor }) };
    const answer = rostrum.api.questions.session[":id"].$get({ param: { id: this.#id }, query });
    return parsedBodyOf(answer, QuestionList);
  }

  /** Drafts too, for who makes polls. */
  async polls() {
    const query = { limit: "100" };
    const answer = rostrum.api.polls.session[":id"].$get({ param: { id: this.#id }, query });
    return (await parsedBodyOf(answer, PollList)).items;
  }
}
