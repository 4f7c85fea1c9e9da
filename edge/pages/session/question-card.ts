import { nextView } from "../../client/session-view.ts";
import type { Question, QuestionChange } from "../../protocol/questions.ts";
import { element, icon, setText } from "../shared/element.ts";
import { answerForm } from "./answer-form.ts";
import type { Card } from "./keyed-list.ts";
import { panelIcons } from "./panel-icons.ts";
import { type MenuItem, openPopupMenu } from "./popup-menu.ts";
import type { SessionContext } from "./session-context.ts";

export interface QuestionFacts {
  question: Question;
  mayUpvote: boolean;
  team: boolean;
  isOwn: boolean;
  /** Who asked without their name, where one may see it. */
  asker: string | null;
}

const many = new Intl.NumberFormat();

/** One question: its votes, what is said about it, and what the team may do with it. */
export class QuestionCard implements Card<QuestionFacts> {
  readonly root: HTMLElement;
  #context: SessionContext;
  #facts: QuestionFacts | null = null;
  #count = element("span", { class: "upvote-count", "data-testid": "question-upvotes" });
  #upvote = element(
    "button",
    { type: "button", class: "upvote", "data-testid": "question-upvote" },
    icon(panelIcons.up),
    this.#count,
  );
  #marks = element("p", { class: "question-marks" });
  #text = element("p", { class: "question-text", dir: "auto", "data-testid": "question-text" });
  #asker = element("p", { class: "question-asker" });
  #answer = element("p", { class: "question-answer", dir: "auto", "data-testid": "question-answer" });
  #review = element("div", { class: "question-review", hidden: true });
  #tools = element("div", { class: "question-tools" });
  #more = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "What to do with this question",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-testid": "question-more",
    },
    icon(panelIcons.more),
  );

  constructor(context: SessionContext) {
    this.#context = context;
    const approve = element(
      "button",
      { type: "button", class: "button primary small", "data-testid": "question-approve" },
      "Approve",
    );
    const refuse = element(
      "button",
      { type: "button", class: "button small", "data-testid": "question-refuse" },
      "Refuse",
    );
    approve.addEventListener("click", () => void this.#change({ status: "visible" }, "Approved."));
    refuse.addEventListener("click", () => void this.#change({ status: "archived" }, "Refused."));
    this.#review.append(approve, refuse);
    this.#upvote.addEventListener("click", () => void this.#turnUpvote());
    this.#more.addEventListener("click", () => openPopupMenu(this.#more, "Question", this.#items()));
    this.root = element(
      "article",
      { class: "question", "data-testid": "question" },
      this.#upvote,
      element(
        "div",
        { class: "question-body" },
        this.#marks,
        this.#text,
        this.#asker,
        this.#answer,
        this.#tools,
        this.#review,
      ),
      this.#more,
    );
  }

  show(facts: QuestionFacts): void {
    this.#facts = facts;
    const { question, mayUpvote, team, isOwn, asker } = facts;
    const { root } = this;
    root.dataset.questionId = question.id;
    root.dataset.status = question.status;
    root.classList.toggle("is-answering", question.answering);
    setText(this.#count, many.format(question.upvotes));
    this.#upvote.setAttribute("aria-pressed", String(question.upvoted));
    const votes = question.upvotes === 1 ? "1 upvote" : `${question.upvotes} upvotes`;
    this.#upvote.setAttribute("aria-label", `Upvote, ${votes}`);
    const isPending = question.status === "pending";
    this.#upvote.disabled = !mayUpvote || isPending || this.#upvote.ariaBusy === "true";
    this.#marks.replaceChildren(
      ...marksOf(question, isOwn).map((mark) => element("span", { class: "mark" }, mark)),
    );
    setText(this.#text, question.text);
    const name = question.user?.name ?? (asker === null ? "Anonymous" : `Anonymous (${asker})`);
    setText(this.#asker, isOwn ? (question.user ? "You" : "You, without your name") : name);
    setText(this.#answer, question.answer ?? "");
    this.#answer.hidden = question.answer === null;
    this.#review.hidden = !team || !isPending;
    this.#more.hidden = !team || isPending;
  }

  #items(): MenuItem[] {
    const question = this.#facts?.question;
    if (!question) return [];
    const item = (label: string, testId: string, change: QuestionChange, done: string): MenuItem => ({
      label,
      testId,
      choose: () => void this.#change(change, done),
    });
    return [
      question.answering
        ? item("Not on stage any more", "menu-answering", { answering: false }, "Taken off the stage.")
        : item("Answer it now, on stage", "menu-answering", { answering: true }, "It is being answered."),
      {
        label: question.answer === null ? "Answer in writing" : "Change the answer",
        testId: "menu-answer",
        choose: () => this.#write(),
      },
      question.status === "answered"
        ? item("Not answered yet", "menu-reopen", { status: "visible" }, "Open again.")
        : item("Mark as answered", "menu-answered", { status: "answered", answering: false }, "Answered."),
      question.pinned
        ? item("Unpin", "menu-pin", { pinned: false }, "Unpinned.")
        : item("Pin to the top", "menu-pin", { pinned: true }, "Pinned."),
      { ...item("Archive", "menu-archive", { status: "archived" }, "Archived."), isGrave: true },
    ];
  }

  #write(): void {
    const close = () => {
      this.#tools.replaceChildren();
      this.#more.focus();
    };
    const form = answerForm(
      this.#facts?.question.answer ?? "",
      async (answer) => {
        if (await this.#change({ answer }, "Answered.")) close();
      },
      close,
    );
    this.#tools.replaceChildren(form);
    form.querySelector("textarea")?.focus();
  }

  #change(change: QuestionChange, done: string): Promise<boolean> {
    const id = this.#facts?.question.id ?? "";
    return this.#context.attempt(() => this.#context.calls.changeQuestion(id, change), done);
  }

  async #turnUpvote(): Promise<void> {
    const question = this.#facts?.question;
    if (!question || this.#upvote.ariaBusy === "true") return;
    this.#upvote.ariaBusy = "true";
    await this.#context.attempt(async () => {
      const { room } = this.#context;
      await this.#context.takePart();
      const data = question.upvoted ? await room.unvote(question.id) : await room.upvote(question.id);
      const { sessionId } = room;
      this.#context.followed.update((view) =>
        nextView(view, { type: "question:upvoted", sessionId, data }, null),
      );
    });
    this.#upvote.ariaBusy = "false";
  }
}

function marksOf({ status, answering, pinned, answer }: Question, isOwn: boolean): string[] {
  const marks: string[] = [];
  if (status === "pending")
    marks.push(isOwn ? "Waiting for review: only you and the team see it" : "To review");
  if (answering) marks.push("Being answered");
  if (status === "answered") marks.push(answer === null ? "Answered" : "Answered in writing");
  if (pinned) marks.push("Pinned");
  return marks;
}
