import type { Scene } from "../kills/kill-stage.ts";
import { pause } from "../kills/person-at-work.ts";
import type { SeededRandom } from "../kills/seeded-random.ts";
import type { SessionClient } from "../kills/session-client.ts";

/** Someone does something about every so many seconds. */
const meanPauseSeconds = 4;
const emojis = ["👍", "❤️", "🎉", "👩‍👩‍👧‍👧"];

/** One person of the soak, who does a little of everything, goes away now and then, and comes back. */
export class SoakPerson {
  readonly #scene: Scene;
  readonly #open: () => SessionClient;
  readonly #random: SeededRandom;
  readonly #isOver: () => boolean;
  #client: SessionClient;
  #counts = { said: 0, refused: 0 };
  #lines = 0;

  constructor(scene: Scene, open: () => SessionClient, random: SeededRandom, isOver: () => boolean) {
    this.#scene = scene;
    this.#open = open;
    this.#random = random;
    this.#isOver = isOver;
    this.#client = open();
  }

  get isIn(): boolean {
    return this.#client.joined;
  }

  async live(): Promise<void> {
    while (!this.#isOver()) {
      await pause(this.#random.between(0, 2 * meanPauseSeconds));
      if (!this.#isOver()) await this.#act();
    }
  }

  /** Since they were taken last. */
  takeCounts(): { said: number; refused: number } {
    const taken = this.#counts;
    this.#counts = { said: 0, refused: 0 };
    return taken;
  }

  close(): void {
    this.#client.close();
  }

  async #act(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.35) return this.#write();
    if (dice < 0.5) return this.#say("chat:typing", {});
    if (dice < 0.7) return this.#say("reaction:send", { emoji: this.#random.pick(emojis) });
    if (dice < 0.8) return this.#vote();
    if (dice < 0.9) return this.#upvote();
    if (dice < 0.905) return this.#say("question:ask", { text: `Why ${this.#random.next()}?` });
    if (dice < 0.97) return this.#say("watch:state", { playing: true, latencySeconds: 3, stalls: 0 });
    if (dice < 0.98) return this.#client.cut();
    return this.#leaveForAWhile();
  }

  #write(): void {
    const text = `Line ${++this.#lines} of ${this.#random.next()}, with some words behind it, at ${Date.now()}`;
    this.#say("chat:send", { text });
    this.#counts.said++;
  }

  #vote(): void {
    const { id, options } = this.#random.pick(this.#scene.polls);
    this.#say("poll:vote", { pollId: id, optionIds: [this.#random.pick(options).id] });
  }

  #upvote(): void {
    const questions = [...this.#client.told.questions.keys()];
    if (questions.length === 0) return;
    const type = this.#random.next() < 0.6 ? "question:upvote" : "question:unvote";
    this.#say(type, { questionId: this.#random.pick(questions) });
  }

  async #leaveForAWhile(): Promise<void> {
    this.#client.close();
    await pause(this.#random.between(0, 5));
    this.#client = this.#open();
  }

  #say(type: string, data: Record<string, unknown>): void {
    const client = this.#client;
    void client.say(type, data).then((answer) => {
      if (!answer.ok && client === this.#client && !this.#isOver()) this.#counts.refused++;
    });
  }
}
