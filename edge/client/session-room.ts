import * as v from "valibot";
import { ChatMessage } from "../protocol/chat.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import { problemBody } from "../protocol/problem.ts";
import { Question, Upvoted } from "../protocol/questions.ts";
import { CommandRefused } from "./command-refused.ts";
import { Listeners } from "./listeners.ts";
import { SessionMembership, type SessionStart } from "./memberships.ts";
import { type CommandFrame, type CommandOf, newRef } from "./pending-commands.ts";
import type { ServerMessageOf, SessionMessage } from "./server-frame.ts";

export type SessionSaid = SessionMessage | ServerMessageOf<"viewers:count">;
/** What one can listen to in a session: every message by its type, `said` for all of them in order, and the joins. */
export type SessionHappenings = { [T in SessionSaid["type"]]: ServerMessageOf<T> } & {
  said: SessionSaid;
  /** Joined, or joined again after the connection was lost. */
  joined: SessionStart;
  /** The session may not be joined as who we are now. */
  refused: ProblemBody;
};

/** How the client says a command; `deadlineMs` is when it gives up. Throws CommandRefused. */
export type Say = (
  frame: CommandFrame,
  options: { room: string; deadlineMs?: number | undefined },
) => Promise<unknown>;

export interface SendOptions {
  replyTo?: string;
  /** Ids of people whom the text names as `@name`. */
  mentions?: string[];
  /** Saying the same again under the same ref within 24 h does nothing twice. */
  ref?: string;
}

/** Worth nothing later, and not worth saying twice: shorter than the wait before a repeat. */
const passingMs = 3_000;
const typingEveryMs = 2_000;

type DataOf<T extends CommandFrame["type"]> = Omit<CommandOf<T>["data"], "sessionId">;

/** A session one is in: what is said there, and what one can say. Commands throw CommandRefused. */
export class SessionRoom {
  readonly sessionId: string;
  readonly membership: SessionMembership;
  /** The last answer to joining; null before the first. */
  start: SessionStart | null = null;
  #say: Say;
  #leave: () => void;
  #rejoin: () => void;
  #listeners = new Listeners<SessionHappenings>();
  #refusal: ProblemBody | null = null;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(sessionId: string, actions: { say: Say; leave(): void; rejoin(): void }) {
    this.sessionId = sessionId;
    this.#say = actions.say;
    this.#leave = actions.leave;
    this.#rejoin = actions.rejoin;
    this.membership = new SessionMembership(sessionId, {
      joined: (start) => {
        this.start = start;
        this.#refusal = null;
        this.#listeners.tell("joined", start);
      },
      said: (message) => {
        this.#listeners.tell("said", message);
        this.#listeners.tell(message.type, message as never);
      },
      refused: (problem) => {
        this.#refusal = problem;
        this.#listeners.tell("refused", problem);
      },
    });
  }

  /** The returned function takes the listener away. */
  on<K extends keyof SessionHappenings>(
    type: K,
    listener: (happening: SessionHappenings[K]) => void,
  ): () => void {
    return this.#listeners.on(type, listener);
  }

  /** The answer to the first join, once it is there. Throws CommandRefused when we may not come in. */
  async joined(): Promise<SessionStart> {
    if (this.start) return this.start;
    if (this.#refusal) throw new CommandRefused(this.#refusal);
    return new Promise((resolve, reject) => {
      const undo = [
        this.on("joined", (start) => {
          for (const step of undo) step();
          resolve(start);
        }),
        this.on("refused", (problem) => {
          for (const step of undo) step();
          reject(new CommandRefused(problem));
        }),
      ];
    });
  }

  /** What the client calls when it connects as another person: all begins with the next join. */
  forget(): void {
    this.start = null;
    this.#refusal = null;
    this.membership.forget();
  }

  /** For good; until then it is joined again after every break. */
  leave(): void {
    this.#leave();
  }

  /** Asks anew who we are here, on the same connection: after taking a seat in the event, say. */
  rejoin(): void {
    this.#rejoin();
  }

  async sendChat(text: string, options: SendOptions = {}): Promise<ChatMessage> {
    const { ref, ...entries } = options;
    return understood(ChatMessage, await this.#tell("chat:send", { text, ...entries }, { ref }));
  }

  /** Call at every key: says so every two seconds at most. Others see it for four. */
  typing(): void {
    const now = performance.now();
    if (now - this.#typedAt < typingEveryMs) return;
    this.#typedAt = now;
    this.#tell("chat:typing", {}, { deadlineMs: passingMs }).catch(ignoreRefusal);
  }

  /** Anonymous to others; staff may be allowed to see who asks. */
  async ask(text: string, options: { anonymous?: boolean; ref?: string } = {}): Promise<Question> {
    const { anonymous = false, ref } = options;
    return understood(Question, await this.#tell("question:ask", { text, anonymous }, { ref }));
  }

  async upvote(questionId: string): Promise<Upvoted> {
    return understood(Upvoted, await this.#tell("question:upvote", { questionId }));
  }

  async unvote(questionId: string): Promise<Upvoted> {
    return understood(Upvoted, await this.#tell("question:unvote", { questionId }));
  }

  /** Takes the place of an earlier vote while the poll is open. */
  async vote(pollId: string, optionIds: string[]): Promise<void> {
    await this.#tell("poll:vote", { pollId, optionIds });
  }

  /** One emoji; everyone sees how many there were each second. Five a second at most. */
  async react(emoji: string): Promise<void> {
    await this.#tell("reaction:send", { emoji }, { deadlineMs: passingMs });
  }

  /** Say it on each change, and every 15 s while playing. */
  async watchState(state: DataOf<"watch:state">): Promise<void> {
    await this.#tell("watch:state", state, { deadlineMs: passingMs });
  }

  #tell<T extends CommandFrame["type"]>(
    type: T,
    data: DataOf<T>,
    options: { ref?: string | undefined; deadlineMs?: number } = {},
  ): Promise<unknown> {
    const { ref = newRef(), deadlineMs } = options;
    const frame = { type, ref, data: { sessionId: this.sessionId, ...data } };
    return this.#say(frame as unknown as CommandFrame, { room: this.membership.room, deadlineMs });
  }
}

function understood<T extends v.GenericSchema>(schema: T, answer: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, answer);
  if (!parsed.success) throw new CommandRefused(problemBody("internal"));
  return parsed.output;
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof CommandRefused)) throw error;
}
