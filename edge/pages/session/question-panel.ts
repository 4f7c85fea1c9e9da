import { addedView, askedView } from "../../client/session-view.ts";
import { element, required } from "../shared/element.ts";
import { invitation } from "./invitation.ts";
import { KeyedList } from "./keyed-list.ts";
import { QuestionCard, type QuestionFacts } from "./question-card.ts";
import { questionForm } from "./question-form.ts";
import { heldOrder, type QuestionSort, questionOrder } from "./question-order.ts";
import type { SessionContext } from "./session-context.ts";

/** What people want to know, with their votes for it. */
export class QuestionPanel {
  #context: SessionContext;
  #list: KeyedList<QuestionFacts>;
  #box = required<HTMLElement>("#question-list");
  #foot = required<HTMLElement>("#question-foot");
  #more = required<HTMLButtonElement>("#question-more");
  #form: HTMLFormElement;
  #sort: QuestionSort = "top";
  #order: string[] = [];
  #isPointed = false;
  /** Where the next page starts; undefined before the first was asked for, null behind the last. */
  #cursor: string | null | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#list = new KeyedList(this.#box, () => new QuestionCard(context));
    this.#form = questionForm((text, anonymous) => this.#ask(text, anonymous));
    const sorts = required<HTMLElement>("#question-sort");
    sorts.addEventListener("change", (event) => {
      this.#sort = (event.target as HTMLInputElement).value as QuestionSort;
      this.#order = [];
      this.show();
    });
    this.#more.addEventListener("click", () => void this.#loadMore());
    context.room.on("joined", ({ snapshot, standing }) => {
      if (snapshot) this.#cursor = snapshot.questions.length < 50 ? null : undefined;
      // What waits for a moderator is in no snapshot, which everyone gets alike.
      if (standing.team) void this.#loadMore();
    });
    // Nothing moves under a pointer that is about to press: the order is put right when it leaves.
    this.#box.addEventListener("pointerenter", ({ pointerType }) => {
      this.#isPointed = pointerType === "mouse";
    });
    this.#box.addEventListener("pointerleave", () => {
      this.#isPointed = false;
      this.show();
    });
  }

  show(): void {
    const { view, identity, standing, session } = this.#context;
    const ordered = questionOrder(view.questions, this.#sort);
    const shown = this.#isPointed ? heldOrder(ordered, this.#order) : ordered;
    this.#order = shown.map(({ id }) => id);
    const mayUpvote = this.#context.mayTakePart;
    this.#list.show(
      shown.map((question) => [
        question.id,
        {
          question,
          mayUpvote,
          team: standing.team,
          isOwn: view.asked.has(question.id) || question.user?.id === identity.user?.id,
          asker: view.askers.get(question.id)?.name ?? null,
        },
      ]),
    );
    required<HTMLElement>("#question-empty").hidden = shown.length > 0;
    required<HTMLElement>("#question-sort").hidden = shown.length < 2;
    this.#more.hidden = this.#cursor === null || !(standing.member || standing.team);
    if (!session.questionsEnabled) this.#foot.replaceChildren(notice("Questions are switched off."));
    else if (mayUpvote) {
      if (!this.#foot.contains(this.#form)) this.#foot.replaceChildren(this.#form);
    } else if (identity.user) this.#foot.replaceChildren();
    else if (!this.#foot.querySelector(".invitation"))
      this.#foot.replaceChildren(invitation(identity, "question", () => {}));
  }

  async #ask(text: string, anonymous: boolean): Promise<boolean> {
    return this.#context.attempt(async () => {
      await this.#context.takePart();
      const question = await this.#context.room.ask(text, { anonymous });
      this.#context.followed.update((view) => askedView(view, question));
      this.#context.say(
        question.status === "pending"
          ? "Thank you. It shows once it is reviewed."
          : "Your question is asked.",
      );
    });
  }

  async #loadMore(): Promise<void> {
    this.#more.disabled = true;
    await this.#context.attempt(async () => {
      const { items, nextCursor } = await this.#context.calls.questions(this.#cursor ?? null);
      this.#cursor = nextCursor;
      this.#context.followed.update((view) => addedView(view, { questions: items }));
    });
    this.#more.disabled = false;
    this.show();
  }
}

function notice(words: string): HTMLElement {
  return element("p", { class: "chat-notice", role: "status" }, words);
}
