import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { Poll } from "../../edge/protocol/polls.ts";
import type { Deed, Participation } from "./deeds.ts";
import { writeByHttp } from "./http-writer.ts";
import { heldWord, type Person, type Scene } from "./kill-stage.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Answer, SessionClient } from "./session-client.ts";

export interface Workplace {
  /** `http://host:port` */
  url: string;
  scene: Scene;
  /** No new deeds, and HTTP is not tried again. */
  isOver(): boolean;
  hasStopped(): boolean;
}

/** Below what a person may write in ten seconds. */
const meanPauseSeconds = 2.5;
const httpShare = 0.2;

/** Says, votes, upvotes and asks at random, some of it by HTTP, without waiting for answers; notes each deed. */
export class PersonAtWork {
  readonly deeds: Deed[] = [];
  readonly #place: Workplace;
  readonly #person: Person;
  readonly #client: SessionClient;
  readonly #random: SeededRandom;
  readonly #under = new Set<Promise<void>>();
  /** Votes and upvotes that are not answered yet: the next one of the same waits, so that the last is known. */
  readonly #busy = new Set<string>();
  readonly #upvoted = new Map<string, boolean>();
  #said = 0;

  constructor(place: Workplace, person: Person, client: SessionClient, random: SeededRandom) {
    this.#place = place;
    this.#person = person;
    this.#client = client;
    this.#random = random;
  }

  /** Resolves when everything is answered, or it is over. */
  async work(): Promise<void> {
    await pause(this.#random.between(0, 2 * meanPauseSeconds));
    while (!this.#place.hasStopped()) {
      this.#act();
      await pause(this.#random.between(0, 2 * meanPauseSeconds));
    }
    await Promise.all(this.#under);
  }

  #act(): void {
    const via = this.#random.next() < httpShare ? "http" : "socket";
    const what = this.#choose();
    if (what === null) return;
    const busy = "pollId" in what ? what.pollId : "questionId" in what ? what.questionId : null;
    if (busy !== null && this.#busy.has(busy)) return;
    if (busy !== null) this.#busy.add(busy);
    const deed: Deed = { userId: this.#person.userId, via, what, answer: null };
    this.deeds.push(deed);
    const from = performance.now();
    const done = (via === "http" ? this.#byHttp(what) : this.#bySocket(what)).then((answer) => {
      if (!this.#place.isOver()) deed.answer = answer;
      deed.seconds = (performance.now() - from) / 1000;
      if (what.kind === "upvote" && answer?.ok) this.#upvoted.set(what.questionId, what.upvoted);
      if (busy !== null) this.#busy.delete(busy);
    });
    this.#under.add(done);
    void done.finally(() => this.#under.delete(done));
  }

  #choose(): Participation | null {
    const dice = this.#random.next();
    const text = () => `${this.#person.name} says ${++this.#said} of ${this.#place.scene.sessionId}`;
    if (dice < 0.02) return { kind: "question", text: `${text()}?` };
    if (dice < 0.05) return { kind: "chat", text: `${text()} and ${heldWord}` };
    if (dice < 0.6) return { kind: "chat", text: text() };
    if (dice < 0.8) return this.#vote(this.#random.pick(this.#place.scene.polls));
    const questions = [...this.#client.told.questions.keys()];
    if (questions.length === 0) return null;
    const questionId = this.#random.pick(questions);
    return { kind: "upvote", questionId, upvoted: this.#upvoted.get(questionId) !== true };
  }

  #vote({ id, multiple, options }: Poll): Participation {
    const ids = options.map((option) => option.id);
    const some = multiple ? ids.filter(() => this.#random.next() < 0.5) : [];
    return { kind: "vote", pollId: id, optionIds: some.length > 0 ? some : [this.#random.pick(ids)] };
  }

  #bySocket(what: Participation): Promise<Answer> {
    switch (what.kind) {
      case "chat":
        return this.#client.say("chat:send", { text: what.text });
      case "question":
        return this.#client.say("question:ask", { text: what.text });
      case "vote":
        return this.#client.say("poll:vote", { pollId: what.pollId, optionIds: what.optionIds });
      case "upvote":
        return this.#client.say(what.upvoted ? "question:upvote" : "question:unvote", {
          questionId: what.questionId,
        });
    }
  }

  #byHttp(what: Participation): Promise<Answer | null> {
    const { url, scene, isOver } = this.#place;
    const write = (path: string, body?: unknown, method: "POST" | "DELETE" = "POST") =>
      writeByHttp(
        { method, url: url + path, token: this.#person.token, body, key: newIdentifier("request") },
        isOver,
      );
    switch (what.kind) {
      case "chat":
        return write(`/api/chat/session/${scene.sessionId}`, { text: what.text });
      case "question":
        return write(`/api/questions/session/${scene.sessionId}`, { text: what.text });
      case "vote":
        return write(`/api/polls/${what.pollId}/vote`, { optionIds: what.optionIds });
      case "upvote":
        return write(`/api/questions/${what.questionId}/upvote`, undefined, what.upvoted ? "POST" : "DELETE");
    }
  }
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
