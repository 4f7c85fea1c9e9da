import { addedView } from "../../client/session-view.ts";
import { element, required } from "../shared/element.ts";
import { invitation } from "./invitation.ts";
import { KeyedList } from "./keyed-list.ts";
import { PollCard, type PollCardFacts } from "./poll-card.ts";
import { pollForm } from "./poll-form.ts";
import { pollOrder } from "./poll-view.ts";
import type { SessionContext } from "./session-context.ts";

/** Polls: open ones to vote in, and what came of the others. */
export class PollPanel {
  #context: SessionContext;
  #list: KeyedList<PollCardFacts>;
  #maker = required<HTMLElement>("#poll-maker");
  #foot = required<HTMLElement>("#poll-foot");
  #new = element("button", { type: "button", class: "button wide", "data-testid": "poll-new" }, "New poll");

  constructor(context: SessionContext) {
    this.#context = context;
    this.#list = new KeyedList(required("#poll-list"), () => new PollCard(context));
    this.#new.addEventListener("click", () => this.#write());
    context.room.on("joined", ({ standing }) => {
      // Drafts are in no snapshot, which everyone gets alike.
      if (standing.team)
        void context.attempt(async () => {
          const polls = await context.calls.polls();
          context.followed.update((view) => addedView(view, { polls }));
        });
    });
  }

  show(): void {
    const { view, standing, session, identity, mayTakePart } = this.#context;
    const now = Date.now();
    const polls = pollOrder(view.polls, now);
    this.#list.show(
      polls.map((poll) => [
        poll.id,
        { poll, now, mayVote: mayTakePart && session.pollsEnabled, team: standing.team },
      ]),
    );
    required<HTMLElement>("#poll-empty").hidden =
      polls.length > 0 || this.#maker.querySelector("form") !== null;
    const mayMake = standing.team && session.pollsEnabled;
    if (!mayMake) this.#maker.replaceChildren();
    else if (this.#maker.childElementCount === 0) this.#maker.replaceChildren(this.#new);
    if (identity.user || polls.length === 0) this.#foot.replaceChildren();
    else if (!this.#foot.querySelector(".invitation"))
      this.#foot.replaceChildren(invitation(identity, "poll", () => {}));
  }

  /** Called twice a second: what closes by time, closes. */
  tick(): void {
    if (this.#context.view.polls.some(({ status, closesAt }) => status === "open" && closesAt !== null))
      this.show();
  }

  #write(): void {
    const close = () => {
      this.#maker.replaceChildren(this.#new);
      this.#new.focus();
      this.show();
    };
    const form = pollForm(async (poll) => {
      const done = poll.status === "draft" ? "Kept as a draft." : "The poll is open.";
      if (await this.#context.attempt(() => this.#context.calls.createPoll(poll), done)) close();
    }, close);
    this.#maker.replaceChildren(form);
    form.querySelector("input")?.focus();
    this.show();
  }
}
