import { nextView } from "../../client/session-view.ts";
import type { Poll, PollStatus } from "../../protocol/polls.ts";
import { element, icon, setText } from "../shared/element.ts";
import type { Card } from "./keyed-list.ts";
import { panelIcons } from "./panel-icons.ts";
import { type OptionView, type PollView, pollView } from "./poll-view.ts";
import type { SessionContext } from "./session-context.ts";

export interface PollCardFacts {
  poll: Poll;
  now: number;
  mayVote: boolean;
  team: boolean;
}

const many = new Intl.NumberFormat();

/** One poll. What was ticked and not sent yet survives every change of the totals. */
export class PollCard implements Card<PollCardFacts> {
  readonly root = element("article", { class: "poll", "data-testid": "poll" });
  #context: SessionContext;
  #facts: PollCardFacts | null = null;
  #changing = false;
  #peeking = false;
  #drawn = "";
  #question = element("h2", { class: "poll-question", dir: "auto", "data-testid": "poll-question" });
  #face = element("div", { class: "poll-face" });
  #summary = element("p", { class: "poll-facts", "data-testid": "poll-facts" });
  #note = element("p", { class: "poll-note" });
  #actions = element("div", { class: "form-actions poll-actions" });
  #bars = new Map<string, (option: OptionView) => void>();

  constructor(context: SessionContext) {
    this.#context = context;
    this.root.append(this.#question, this.#face, this.#summary, this.#note, this.#actions);
  }

  show(facts: PollCardFacts): void {
    this.#facts = facts;
    const view = pollView({ ...facts, changing: this.#changing, peeking: this.#peeking });
    if (view.face === "results") this.#changing = false;
    this.root.dataset.pollId = facts.poll.id;
    this.root.dataset.status = view.status;
    setText(this.#question, facts.poll.question);
    setText(this.#summary, view.facts.join(" · "));
    setText(this.#note, view.note);
    this.#showFace(view);
    for (const option of view.options) this.#bars.get(option.id)?.(option);
  }

  /** What is to be pressed is made anew only when it is something else. */
  #showFace(view: PollView): void {
    const { poll, team } = this.#facts!;
    const key = JSON.stringify([
      view.face,
      view.canVote,
      view.canChange,
      view.canPeek,
      view.status,
      team,
      poll.multiple,
      this.#changing,
      poll.options.map(({ id, text }) => [id, text]),
    ]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#bars.clear();
    this.#face.replaceChildren(view.face === "choose" ? this.#ballot(view) : this.#results(view));
    this.#actions.replaceChildren(...this.#voterActions(view), ...(team ? this.#teamActions(view) : []));
  }

  #ballot(view: PollView): HTMLElement {
    const { poll } = this.#facts!;
    const options = view.options.map(({ id, text, isMine }) => {
      const input = element("input", {
        type: poll.multiple ? "checkbox" : "radio",
        name: poll.id,
        value: id,
        disabled: !view.canVote,
        checked: isMine,
      });
      return element(
        "label",
        { class: "poll-choice", "data-testid": "poll-option" },
        input,
        element("span", { dir: "auto" }, text),
      );
    });
    return element(
      "fieldset",
      { class: "poll-fieldset" },
      element("legend", { class: "visually-hidden" }, poll.question),
      ...options,
    );
  }

  #results(view: PollView): HTMLElement {
    const rows = view.options.map((option) => {
      const fill = element("span", { class: "poll-fill" });
      const share = element("span", { class: "poll-share", "data-testid": "poll-share" });
      const mine = icon(panelIcons.check);
      const row = element(
        "li",
        { class: "poll-bar", "data-testid": "poll-result" },
        fill,
        element("span", { class: "poll-label" }, element("span", { dir: "auto" }, option.text), mine),
        share,
      );
      this.#bars.set(option.id, ({ percent, votes, isMine, leads }) => {
        fill.style.width = `${percent ?? 0}%`;
        setText(share, percent === null ? "" : `${percent}%`);
        row.title = votes === null ? "" : votes === 1 ? "1 vote" : `${many.format(votes)} votes`;
        row.classList.toggle("is-mine", isMine);
        row.classList.toggle("leads", leads);
        mine.toggleAttribute("hidden", !isMine);
        row.setAttribute("aria-label", barWords(option.text, percent, isMine));
      });
      return row;
    });
    return element("ul", { class: "poll-bars" }, ...rows);
  }

  #voterActions(view: PollView): HTMLElement[] {
    const actions: HTMLElement[] = [];
    if (view.canVote) {
      const vote = element(
        "button",
        { type: "button", class: "button primary", "data-testid": "poll-vote" },
        "Vote",
      );
      const show = () => {
        vote.disabled = this.#ticked().length === 0;
      };
      this.#face.onchange = show;
      show();
      vote.addEventListener("click", () => void this.#vote(vote));
      actions.push(vote);
    }
    if (view.canChange || this.#changing) {
      const change = element(
        "button",
        { type: "button", class: "button quiet", "data-testid": "poll-change" },
        this.#changing ? "Keep my vote" : "Change my vote",
      );
      change.addEventListener("click", () => {
        this.#changing = !this.#changing;
        this.show(this.#facts!);
        this.root.querySelector<HTMLElement>("input:checked, input, .poll-actions button")?.focus();
      });
      actions.push(change);
    }
    if (view.canPeek) {
      const peek = element(
        "button",
        { type: "button", class: "button quiet", "data-testid": "poll-peek" },
        this.#peeking ? "Back to voting" : "See the results",
      );
      peek.addEventListener("click", () => {
        this.#peeking = !this.#peeking;
        this.show(this.#facts!);
        this.root.querySelector<HTMLElement>('[data-testid="poll-peek"]')?.focus();
      });
      actions.push(peek);
    }
    return actions;
  }

  #teamActions({ status }: PollView): HTMLElement[] {
    const move = (label: string, to: PollStatus, done: string, testId: string) => {
      const button = element(
        "button",
        { type: "button", class: "button small", "data-testid": testId },
        label,
      );
      button.addEventListener("click", async () => {
        button.disabled = true;
        const { poll } = this.#facts!;
        await this.#context.attempt(() => this.#context.calls.setPollStatus(poll.id, to), done);
        button.disabled = false;
      });
      return button;
    };
    const archive = move("Archive", "archived", "Archived.", "poll-archive");
    if (status === "draft") return [move("Open now", "open", "The poll is open.", "poll-open"), archive];
    if (status === "open") return [move("Close now", "closed", "The poll is closed.", "poll-close")];
    return [move("Open again", "open", "The poll is open again.", "poll-open"), archive];
  }

  #ticked(): string[] {
    return [...this.#face.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);
  }

  async #vote(button: HTMLButtonElement): Promise<void> {
    const optionIds = this.#ticked();
    const { poll } = this.#facts!;
    button.disabled = true;
    const done = await this.#context.attempt(async () => {
      await this.#context.takePart();
      const { room, followed } = this.#context;
      await room.vote(poll.id, optionIds);
      this.#changing = false;
      const data = { pollId: poll.id, optionIds };
      followed.update((view) =>
        nextView(view, { type: "poll:voted", sessionId: room.sessionId, data }, null),
      );
    });
    if (!done) button.disabled = false;
    else this.root.querySelector<HTMLElement>('[data-testid="poll-change"]')?.focus();
  }
}

function barWords(text: string, percent: number | null, isMine: boolean): string {
  const share = percent === null ? "" : `: ${percent} percent`;
  return `${text}${share}${isMine ? ", your vote" : ""}`;
}
