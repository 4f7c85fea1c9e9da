import { FollowedSession } from "../../client/follow-session.ts";
import type { ConnectionState, RealtimeClient } from "../../client/realtime-client.ts";
import type { Session } from "../../protocol/events.ts";
import { required, setText } from "../shared/element.ts";
import type { Identity } from "../shared/identity.ts";
import { showAnnouncements } from "./announcement-bar.ts";
import { ChatPanel } from "./chat-panel.ts";
import { PollPanel } from "./poll-panel.ts";
import { statusNow } from "./poll-view.ts";
import { QuestionPanel } from "./question-panel.ts";
import { Reactions } from "./reactions.ts";
import { SessionCalls } from "./session-calls.ts";
import { SessionContext } from "./session-context.ts";
import { StaffPanel } from "./staff-panel.ts";
import { TabNews } from "./tab-news.ts";
import { Tabs } from "./tabs.ts";

export interface SessionPanelSettings {
  session: Session;
  identity: Identity;
  realtime: RealtimeClient;
  /** How many people are here now. */
  viewers(count: number): void;
}

const sayMs = 4_000;

/** What people do together beside the stream: chat, questions, polls, reactions, and the desk of staff. */
export class SessionPanel {
  #context: SessionContext;
  #tabs: Tabs;
  #news = new TabNews();
  #chat: ChatPanel;
  #questions: QuestionPanel;
  #polls: PollPanel;
  #staff: StaffPanel;
  #reactions: Reactions;
  #scheduled = false;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor({ session, identity, realtime, viewers }: SessionPanelSettings) {
    const room = realtime.session(session.id);
    const me = () => identity.user?.id ?? null;
    const followed = new FollowedSession(room, me, () => this.#changed());
    const calls = new SessionCalls(session);
    const say = (words: string) => this.#say(words);
    const context = new SessionContext({ identity, realtime, room, calls, followed, session, say });
    this.#context = context;
    this.#tabs = new Tabs(
      required("#tabs"),
      [
        { name: "chat", title: "Chat", panel: required("#chat") },
        { name: "questions", title: "Questions", panel: required("#questions") },
        { name: "polls", title: "Polls", panel: required("#polls") },
        { name: "staff", title: "Staff", panel: required("#staff") },
      ],
      (name) => this.#opened(name),
    );
    this.#chat = new ChatPanel(context);
    this.#questions = new QuestionPanel(context);
    this.#polls = new PollPanel(context);
    this.#staff = new StaffPanel(context);
    this.#reactions = new Reactions(context);
    room.on("joined", () => {
      context.refusal = null;
      this.#changed();
    });
    room.on("refused", (problem) => {
      context.refusal = problem;
      this.#changed();
    });
    room.on("viewers:count", ({ data }) => viewers(data.count));
    const event = realtime.event(session.eventId);
    showAnnouncements(event, required("#announcement"));
    event.on("session:updated", ({ data }) => {
      if (data.id !== session.id) return;
      context.session = data;
      this.#changed();
    });
    identity.onChange(() => {
      this.#news.forget();
      this.#changed();
    });
    setInterval(() => {
      this.#chat.tick(Date.now());
      this.#polls.tick();
    }, 500);
    required<HTMLElement>("#panel").hidden = false;
    this.showConnection(realtime.state);
  }

  showConnection(state: ConnectionState): void {
    const words = {
      connecting: "Connecting",
      reconnecting: "Reconnecting",
      open: "",
      ended: "Disconnected",
    }[state.status];
    const label = required<HTMLElement>("#connection");
    setText(label, words);
    label.dataset.state = state.status;
    this.#changed();
  }

  /** Drawn with the next frame: a busy room costs one drawing a frame, not one a message. */
  #changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hidden page gets no frames, but must be right when it is looked at.
    if (document.hidden) setTimeout(() => this.#show(), 250);
    else requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    this.#scheduled = false;
    const { session, standing } = this.#context;
    this.#tabs.offer("questions", session.questionsEnabled || standing.team);
    this.#tabs.offer("polls", session.pollsEnabled || standing.team);
    this.#tabs.offer("staff", standing.staff);
    this.#chat.show();
    this.#questions.show();
    this.#polls.show();
    if (standing.staff) this.#staff.show();
    this.#reactions.show();
    this.#showBadges();
  }

  #showBadges(): void {
    const { view, room, identity } = this.#context;
    // Before the first answer nothing is known, so nothing is new.
    if (room.start === null) return;
    const { chosen } = this.#tabs;
    const me = identity.user?.id;
    const said = view.messages.filter(({ user }) => user.id !== me).map(({ id }) => id);
    this.#tabs.badge("chat", this.#news.count("chat", said, chosen === "chat"), "new");
    const asked = view.questions.filter(({ id }) => !view.asked.has(id)).map(({ id }) => id);
    this.#tabs.badge("questions", this.#news.count("questions", asked, chosen === "questions"), "new");
    const now = Date.now();
    const toVote = view.polls.filter((poll) => statusNow(poll, now) === "open" && poll.myVote === null);
    const open = chosen === "polls" || !me ? 0 : toVote.length;
    this.#tabs.badge("polls", open, open === 1 ? "poll to vote in" : "polls to vote in");
    this.#tabs.badge("staff", this.#staff.waiting.length, "to review");
  }

  #opened(name: string): void {
    if (name === "staff") this.#staff.opened();
    else this.#staff.closed();
    this.#changed();
  }

  #say(words: string): void {
    const line = required<HTMLElement>("#panel-say");
    setText(line, words);
    line.hidden = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      setText(line, "");
      line.hidden = true;
    }, sayMs);
  }
}
