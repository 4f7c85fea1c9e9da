import type { ServerMessage } from "../../edge/protocol/realtime.ts";
import type { Deed, Moderation } from "./deeds.ts";
import { writeByHttp } from "./http-writer.ts";
import type { Person } from "./kill-stage.ts";
import { pause, type Workplace } from "./person-at-work.ts";
import type { SeededRandom } from "./seeded-random.ts";

const meanPauseSeconds = 0.7;
/** Below what a session takes. */
const mostPins = 20;

/** Pins, deletes and reviews what is said, by HTTP; each message once, so that the outcome is known. */
export class ModeratorAtWork {
  readonly deeds: Deed[] = [];
  readonly #place: Workplace;
  readonly #person: Person;
  readonly #random: SeededRandom;
  readonly #visible: string[] = [];
  readonly #held: string[] = [];
  readonly #under = new Set<Promise<void>>();
  #pins = 0;

  constructor(place: Workplace, person: Person, random: SeededRandom) {
    this.#place = place;
    this.#person = person;
    this.#random = random;
  }

  hear(message: ServerMessage): void {
    if (message.type === "chat:held") this.#held.push(message.data.id);
    else if (message.type === "chat:message" && !this.#isReviewed(message.data.id)) {
      this.#visible.push(message.data.id);
    }
  }

  async work(): Promise<void> {
    while (!this.#place.hasStopped()) {
      await pause(this.#random.between(0, 2 * meanPauseSeconds));
      this.#act();
    }
    await Promise.all(this.#under);
  }

  #isReviewed(messageId: string): boolean {
    return this.deeds.some(({ what }) => what.kind === "moderation" && what.messageId === messageId);
  }

  #act(): void {
    const what = this.#choose();
    if (what === null) return;
    const deed: Deed = { userId: this.#person.userId, via: "http", what, answer: null };
    this.deeds.push(deed);
    const [method, path, body] = requestOf(what);
    const { url, isOver } = this.#place;
    const write = {
      method,
      url: `${url}/api/chat/${what.messageId}${path}`,
      token: this.#person.token,
      key: "",
    };
    const done = writeByHttp({ ...write, body }, isOver).then((answer) => {
      // These carry no key, so a repeat of what was done may be refused.
      if (answer?.ok && !isOver()) deed.answer = answer;
    });
    this.#under.add(done);
    void done.finally(() => this.#under.delete(done));
  }

  #choose(): Moderation | null {
    const held = this.#held.shift();
    const kind = "moderation" as const;
    if (held !== undefined)
      return { kind, messageId: held, act: this.#random.next() < 0.5 ? "approve" : "refuse" };
    if (this.#visible.length === 0) return null;
    const [messageId] = this.#visible.splice(this.#random.index(this.#visible.length), 1);
    const pins = this.#random.next() < 0.5 && this.#pins++ < mostPins;
    return { kind, messageId: messageId!, act: pins ? "pin" : "delete" };
  }
}

function requestOf({ act }: Moderation) {
  if (act === "pin") return ["PATCH", "/pin", { pinned: true }] as const;
  if (act === "delete") return ["DELETE", "", undefined] as const;
  return ["PATCH", "/review", { approve: act === "approve" }] as const;
}
