import type * as v from "valibot";
import { CommandRefused } from "../../client/command-refused.ts";
import { newRef } from "../../client/pending-commands.ts";
import type { ConnectionState, RealtimeClient } from "../../client/realtime-client.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import type { Session } from "../../protocol/events.ts";
import { type ProblemBody, problemBody } from "../../protocol/problem.ts";
import { accountForm } from "../shared/account-form.ts";
import { ApiError, rostrum } from "../shared/api-client.ts";
import { element, required, setText } from "../shared/element.ts";
import { type Identity, isStaff } from "../shared/identity.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";
import { ChatComposer } from "./chat-composer.ts";
import { ChatList } from "./chat-list.ts";
import { ChatLog } from "./chat-log.ts";

type SessionFacts = v.InferOutput<typeof Session>;

export interface ChatPanelSettings {
  session: SessionFacts;
  identity: Identity;
  realtime: RealtimeClient;
  /** How many people are here now. */
  viewers(count: number): void;
}

/** The chat beside the stream: its lines, and a way to take part for whoever may. */
export class ChatPanel {
  #settings: ChatPanelSettings;
  #log = new ChatLog();
  #list: ChatList;
  #composer: ChatComposer;
  #foot = required<HTMLElement>("#chat-foot");
  #silentUntil: number | null = null;
  #problem: string | null = null;
  #refusal: ProblemBody | null = null;
  #hasJoinedEvent = false;

  constructor(settings: ChatPanelSettings) {
    this.#settings = settings;
    this.#list = new ChatList({
      scroll: required("#chat-scroll"),
      newer: required("#chat-newer"),
      retry: (ref) => this.#retry(ref),
      discard: (ref) => {
        this.#log.discard(ref);
        this.#show();
      },
    });
    this.#composer = new ChatComposer({
      facts: () => ({
        connection: settings.realtime.state.status,
        silentUntil: this.#silentUntil,
        now: Date.now(),
        slowModeSeconds: isStaff(settings.identity.user) ? 0 : settings.session.slowModeSeconds,
        problem: this.#problem,
      }),
      send: (text) => this.#send(text),
      typed: () => {
        this.#problem = null;
      },
    });
    settings.identity.onChange(() => {
      this.#hasJoinedEvent = false;
      this.#showFoot();
    });
    required<HTMLElement>("#chat").hidden = false;
    this.#showFoot();
    this.showConnection(settings.realtime.state);
    const room = settings.realtime.session(settings.session.id);
    room.on("joined", ({ snapshot }) => {
      this.#refusal = null;
      if (snapshot) this.#log.replace(snapshot.messages);
      if (snapshot) showPinned(snapshot.pinned);
      this.#show();
      this.#showFoot();
    });
    room.on("chat:message", ({ data }) => {
      this.#log.add(data);
      this.#show();
    });
    room.on("viewers:count", ({ data }) => settings.viewers(data.count));
    room.on("refused", (problem) => {
      this.#refusal = problem;
      this.#showFoot();
    });
    setInterval(() => {
      if (this.#silentUntil === null) return;
      if (Date.now() >= this.#silentUntil) this.#silentUntil = null;
      this.#composer.show();
    }, 500);
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
    this.#composer.show();
    if (state.status === "ended") this.#showFoot();
  }

  #send(text: string): void {
    const { user } = this.#settings.identity;
    if (!user) return;
    const ref = newRef();
    this.#log.sending(ref, text, user, new Date().toISOString());
    this.#show();
    this.#list.toEnd();
    void this.#deliver(ref, text);
  }

  #retry(ref: string): void {
    const nextRef = newRef();
    const text = this.#log.retry(ref, nextRef);
    if (text === null) return;
    this.#show();
    void this.#deliver(nextRef, text);
  }

  async #deliver(ref: string, text: string): Promise<void> {
    const { realtime, session } = this.#settings;
    try {
      await this.#joinEvent();
      const message = await realtime.session(session.id).sendChat(text, { ref });
      this.#log.sent(ref, message);
      this.#problem = null;
    } catch (error) {
      if (!(error instanceof CommandRefused) && !(error instanceof ApiError)) throw error;
      this.#failed(ref, text, error.problem);
    }
    this.#show();
    this.#composer.show();
  }

  /** Speaking is joining: nobody takes a seat by only looking on. Staff need none. */
  async #joinEvent(): Promise<void> {
    const { identity, session } = this.#settings;
    if (this.#hasJoinedEvent || isStaff(identity.user)) return;
    await rostrum.api.events[":id"].join.$post({ param: { id: session.eventId }, json: {} });
    this.#hasJoinedEvent = true;
  }

  #failed(ref: string, text: string, problem: ProblemBody): void {
    const code = problemCode(problem);
    if (code === "unauthenticated") void this.#settings.identity.refresh();
    if (problem.retryAfterSeconds && problem.status < 500) {
      this.#silentUntil = Date.now() + problem.retryAfterSeconds * 1000;
      if (this.#composer.giveBack(text)) {
        this.#log.discard(ref);
        return;
      }
    }
    this.#log.failed(ref, describeProblem(problem));
  }

  #show(): void {
    const { lines } = this.#log;
    this.#list.show(lines);
    required<HTMLElement>("#chat-empty").hidden = lines.length > 0;
  }

  #showFoot(): void {
    const { identity, session, realtime } = this.#settings;
    const ended = realtime.state.status === "ended" && realtime.state.reason === "banned";
    const refusal = ended ? problemBody("banned") : this.#refusal;
    if (!session.chatEnabled) this.#foot.replaceChildren(notice("Chat is switched off in this session."));
    else if (refusal && (identity.user || ended))
      this.#foot.replaceChildren(notice(describeProblem(refusal)));
    else if (identity.user) {
      if (!this.#foot.contains(this.#composer.form)) this.#foot.replaceChildren(this.#composer.form);
      this.#composer.show();
    } else if (!this.#foot.querySelector(".invitation")) this.#foot.replaceChildren(this.#invitation());
  }

  #invitation(): HTMLElement {
    const signIn = element(
      "button",
      { type: "button", class: "button", "data-testid": "chat-sign-in" },
      "Sign in",
    );
    const register = element(
      "button",
      { type: "button", class: "button primary", "data-testid": "chat-register" },
      "Create account",
    );
    const box = element(
      "div",
      { class: "invitation" },
      element("p", {}, "You are reading along. Sign in to take part."),
      element("div", { class: "form-actions" }, register, signIn),
    );
    const open = (mode: "sign-in" | "register") => {
      const form = accountForm(this.#settings.identity, mode, () => this.#composer.focus());
      box.replaceChildren(form);
      form.querySelector<HTMLInputElement>(".field:not([hidden]) input")?.focus();
    };
    signIn.addEventListener("click", () => open("sign-in"));
    register.addEventListener("click", () => open("register"));
    return box;
  }
}

function notice(words: string): HTMLElement {
  return element("p", { class: "chat-notice", role: "status" }, words);
}

function showPinned(messages: ChatMessage[]): void {
  const box = required<HTMLElement>("#chat-pinned");
  box.hidden = messages.length === 0;
  box.replaceChildren(
    ...messages.map(({ user, text }) =>
      element(
        "p",
        { class: "pinned-line" },
        element("span", { class: "pinned-mark" }, "Pinned"),
        element("span", { class: "line-author" }, user.name),
        " ",
        element("span", { dir: "auto" }, text),
      ),
    ),
  );
}
