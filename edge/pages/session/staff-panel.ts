import { addedView } from "../../client/session-view.ts";
import { required } from "../shared/element.ts";
import { KeyedList } from "./keyed-list.ts";
import { ModerationForm } from "./moderation-form.ts";
import { MutedList } from "./muted-list.ts";
import { PeopleHere } from "./people-here.ts";
import { ReviewCard, type ReviewItem } from "./review-card.ts";
import type { SessionContext } from "./session-context.ts";

/** For staff: what waits for them, who is here and who is muted, and how the session is moderated. */
export class StaffPanel {
  #context: SessionContext;
  #queue: KeyedList<ReviewItem>;
  #people: PeopleHere;
  #muted: MutedList;
  #form: ModerationForm;
  #isShown = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#queue = new KeyedList(required("#review-list"), () => new ReviewCard(context));
    this.#people = new PeopleHere(context, required("#people-list"), required("#people-count"));
    this.#muted = new MutedList(context, required("#muted-list"));
    this.#form = new ModerationForm(context, required("#moderation-form"));
    const { eventId } = context.session;
    required<HTMLAnchorElement>("#report-link").href = `/report/${encodeURIComponent(eventId)}`;
    required("#people-refresh").addEventListener("click", () => void this.#people.load());
    required("#clear-chat").addEventListener("click", () => {
      if (window.confirm("Delete all messages of this chat, for everyone?"))
        void context.attempt(() => context.calls.clear(null), "The chat is empty.");
    });
    context.room.on("joined", ({ standing }) => {
      // What waits for a moderator is in no snapshot, which everyone gets alike.
      if (standing.staff)
        void context.attempt(async () => {
          const messages = await context.calls.held();
          context.followed.update((view) => addedView(view, { messages }));
        });
    });
    context.room.on("chat:muted", () => {
      if (this.#isShown) void this.#muted.load();
    });
  }

  /** What waits for a decision. */
  get waiting(): ReviewItem[] {
    const { messages, questions } = this.#context.view;
    return [
      ...messages
        .filter(({ held }) => held)
        .map(({ id, user, text, createdAt }) => ({
          kind: "message" as const,
          id,
          name: user.name,
          text,
          createdAt,
        })),
      ...questions
        .filter(({ status }) => status === "pending")
        .map(({ id, user, text, createdAt }) => ({
          kind: "question" as const,
          id,
          name: user?.name ?? "Anonymous",
          text,
          createdAt,
        })),
    ].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  /** The tab is being looked at. */
  opened(): void {
    this.#isShown = true;
    void this.#people.load();
    void this.#muted.load();
    void this.#form.load();
  }

  closed(): void {
    this.#isShown = false;
  }

  show(): void {
    const { waiting } = this;
    this.#queue.show(waiting.map((item) => [item.id, item]));
    required<HTMLElement>("#review-empty").hidden = waiting.length > 0;
  }
}
