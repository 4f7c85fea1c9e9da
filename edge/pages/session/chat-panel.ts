import { newRef } from "../../client/pending-commands.ts";
import { nextView } from "../../client/session-view.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { type ProblemBody, problemBody } from "../../protocol/problem.ts";
import { element, required, setText } from "../shared/element.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";
import { ChatComposer } from "./chat-composer.ts";
import { ChatLines, type Draft } from "./chat-lines.ts";
import { ChatList } from "./chat-list.ts";
import { ChatTools } from "./chat-tools.ts";
import { EarlierMessages } from "./earlier-messages.ts";
import { invitation } from "./invitation.ts";
import type { Mentioned } from "./mentions.ts";
import { messageItems } from "./message-items.ts";
import { PinnedBar } from "./pinned-bar.ts";
import type { SessionContext } from "./session-context.ts";
import { typingWords } from "./typing-words.ts";

/** The chat beside the stream: its lines, and a way to take part for whoever may. */
export class ChatPanel {
  #context: SessionContext;
  #lines = new ChatLines();
  #list: ChatList;
  #tools: ChatTools;
  #composer: ChatComposer;
  #pinned: PinnedBar;
  #earlier: EarlierMessages;
  #foot = required<HTMLElement>("#chat-foot");
  #typing = required<HTMLElement>("#chat-typing");
  #silentUntil: number | null = null;
  #silentBySlowMode = false;
  #problem: string | null = null;

  constructor(context: SessionContext) {
    this.#context = context;
    const scroll = required<HTMLElement>("#chat-scroll");
    const point = (messageId: string) => {
      if (!this.#list.point(messageId)) context.say("That message is further back.");
    };
    this.#list = new ChatList({
      scroll,
      newer: required("#chat-newer"),
      me: () => context.identity.user?.id ?? null,
      retry: (ref) => this.#retry(ref),
      discard: (ref) => {
        this.#lines.discard(ref);
        this.show();
      },
      point,
      drawn: () => this.#tools.place(),
      isHeld: () => this.#tools.isHeld,
    });
    this.#composer = new ChatComposer({
      facts: () => this.#composerFacts(),
      people: () => this.#people(),
      send: (draft) => this.#send(draft),
      typed: () => {
        this.#problem = null;
        const { member, team } = context.standing;
        if (member || team) context.room.typing();
      },
    });
    this.#tools = new ChatTools({
      body: required("#chat-body"),
      scroll,
      list: this.#list,
      mayReply: () => context.mayTakePart && context.session.chatEnabled,
      reply: ({ message, author, text }) => {
        if (message) this.#composer.replyTo({ id: message.id, name: author.name, text });
      },
      items: (line) => messageItems(context, line, (messageId) => this.#lines.takeBack(messageId)),
    });
    this.#pinned = new PinnedBar({
      root: required("#chat-pinned"),
      mayUnpin: () => context.standing.staff,
      unpin: ({ id }) => void context.attempt(() => context.calls.pin(id, false), "Unpinned."),
      point: ({ id }) => point(id),
    });
    this.#earlier = new EarlierMessages(context, required("#chat-earlier"), scroll);
    context.identity.onChange(() => {
      this.#lines.forget();
      this.#problem = null;
      this.#silentUntil = null;
      this.#tools.hide();
      this.#list.clear();
    });
  }

  /** Draws what is known now. */
  show(): void {
    const { view, identity, connection, session } = this.#context;
    // Nobody waits for a slow mode that is over.
    if (this.#silentBySlowMode && session.slowModeSeconds === 0) this.#silentUntil = null;
    const lines = this.#lines.lines(view.messages, identity.user?.id ?? null);
    this.#list.show(lines);
    this.#pinned.show(view.pinned);
    this.#earlier.show();
    required<HTMLElement>("#chat-empty").hidden = lines.length > 0;
    // Without a connection nobody says that they have stopped.
    const isHeard = connection.status === "open";
    setText(this.#typing, isHeard ? typingWords(view.typing, identity.user?.name ?? null) : "");
    this.#showFoot();
  }

  /** Called twice a second: what counts down, counts down. */
  tick(now: number): void {
    const { mutedUntil } = this.#context.view;
    const isMuted = mutedUntil !== null && Date.parse(mutedUntil) > now - 1000;
    if (this.#silentUntil === null && !isMuted) return;
    if (this.#silentUntil !== null && now >= this.#silentUntil) this.#silentUntil = null;
    this.#composer.show();
  }

  focus(): void {
    this.#composer.focus();
  }

  #composerFacts() {
    const { connection, session, standing, view } = this.#context;
    return {
      connection: connection.status,
      silentUntil: this.#silentUntil,
      mutedUntil: view.mutedUntil === null ? null : Date.parse(view.mutedUntil),
      now: Date.now(),
      slowModeSeconds: standing.staff ? 0 : session.slowModeSeconds,
      problem: this.#problem,
    };
  }

  /** Those who have said something, the latest first, without oneself. */
  #people(): Mentioned[] {
    const me = this.#context.identity.user?.id;
    const people = new Map<string, Mentioned>();
    for (const { user } of this.#context.view.messages.toReversed())
      if (user.id !== me && !people.has(user.id)) people.set(user.id, user);
    return [...people.values()];
  }

  #send(draft: Draft): void {
    const { user } = this.#context.identity;
    if (!user) return;
    const ref = newRef();
    this.#lines.sending(ref, draft, user, new Date().toISOString());
    this.show();
    this.#list.toEnd();
    void this.#deliver(ref, draft);
  }

  #retry(ref: string): void {
    const nextRef = newRef();
    const draft = this.#lines.retry(ref, nextRef);
    if (draft === null) return;
    this.show();
    void this.#deliver(nextRef, draft);
  }

  async #deliver(ref: string, draft: Draft): Promise<void> {
    const { room, session, standing } = this.#context;
    try {
      await this.#context.takePart();
      const message = await room.sendChat(draft.text, {
        ref,
        mentions: draft.mentions.map(({ id }) => id),
        ...(draft.replyTo === null ? {} : { replyTo: draft.replyTo }),
      });
      this.#lines.sent(ref, message.id);
      this.#said(message);
      this.#problem = null;
      if (session.slowModeSeconds > 0 && !standing.staff)
        this.#silence(Date.now() + session.slowModeSeconds * 1000);
    } catch (error) {
      this.#failed(ref, draft.text, this.#context.problemOf(error));
    }
    this.show();
  }

  /** The answer may come before the event that tells everyone. */
  #said(message: ChatMessage): void {
    const type = message.held ? "chat:held" : "chat:message";
    const { sessionId, seq } = message;
    this.#context.followed.update((view) =>
      view.messages.some(({ id }) => id === message.id)
        ? view
        : nextView(view, { type, sessionId, seq, data: message }, null),
    );
  }

  #failed(ref: string, text: string, problem: ProblemBody): void {
    const isPassing = problem.retryAfterSeconds !== undefined && problem.status < 500;
    const until = Date.now() + (problem.retryAfterSeconds ?? 0) * 1000;
    // A mute is lifted by an event, so it stands where events change it.
    if (isPassing && problemCode(problem) === "muted")
      this.#context.followed.update((view) => ({ ...view, mutedUntil: new Date(until).toISOString() }));
    else if (isPassing) this.#silence(until);
    // What was refused for its words or its time is to be changed or sent later, not to stand there as failed.
    if (problem.status < 500 && this.#composer.giveBack(text)) {
      this.#lines.discard(ref);
      if (!isPassing) this.#problem = describeProblem(problem);
      this.#composer.show();
      return;
    }
    this.#lines.failed(ref, describeProblem(problem));
  }

  #silence(until: number): void {
    this.#silentUntil = until;
    this.#silentBySlowMode = this.#context.session.slowModeSeconds > 0;
  }

  #showFoot(): void {
    const { identity, session, connection } = this.#context;
    const isBanned = connection.status === "ended" && connection.reason === "banned";
    const refusal = isBanned ? problemBody("banned") : this.#context.refusal;
    if (!session.chatEnabled) this.#foot.replaceChildren(notice("Chat is switched off in this session."));
    else if (refusal && (identity.user || isBanned))
      this.#foot.replaceChildren(notice(describeProblem(refusal)));
    else if (identity.user) {
      if (!this.#foot.contains(this.#composer.form)) this.#foot.replaceChildren(this.#composer.form);
      this.#composer.show();
    } else if (!this.#foot.querySelector(".invitation"))
      this.#foot.replaceChildren(invitation(identity, "chat", () => this.#composer.focus()));
  }
}

function notice(words: string): HTMLElement {
  return element("p", { class: "chat-notice", role: "status" }, words);
}
