import { newIdentifier } from "../../edge/protocol/identifier.ts";
import { writeByHttp } from "../kills/http-writer.ts";
import type { Person } from "../kills/kill-stage.ts";
import type { RunClock } from "./run-clock.ts";
import type { Scene } from "./simulation-stage.ts";
import type { ScriptedDeed } from "./viewer-script.ts";

/** How much an event saw of what people do; of questions, those of the scene are among them. */
export interface DeedCounts {
  messages: number;
  questions: number;
  upvotes: number;
  votes: number;
}

/** What viewers do besides watching, each deed said again until it is answered, as clients do. */
export class DeedsAtWork {
  /** Deeds of which nothing is known: figures cannot be exact with them. */
  unknown = 0;
  readonly refusals: string[] = [];
  readonly #url: string;
  readonly #scene: Scene;
  readonly #done = { messages: 0, questions: 0, upvotes: new Set<string>(), votes: new Set<string>() };
  #isOver = false;

  constructor(url: string, scene: Scene) {
    this.#url = url;
    this.#scene = scene;
  }

  /** No more tries. */
  stop(): void {
    this.#isOver = true;
  }

  async carryOut(person: Person, deeds: readonly ScriptedDeed[], clock: RunClock): Promise<void> {
    for (const deed of deeds) {
      await clock.until(deed.at);
      await this.#carryOut(person, deed);
    }
  }

  counts(): DeedCounts {
    const { messages, questions, upvotes, votes } = this.#done;
    return {
      messages,
      questions: questions + this.#scene.questionIds.length,
      upvotes: upvotes.size,
      votes: votes.size,
    };
  }

  async #carryOut({ userId, token, name }: Person, { kind, which, at }: ScriptedDeed): Promise<void> {
    const { stages, questionIds, polls } = this.#scene;
    const { sessionId } = stages[0]!;
    const text = `${name} at ${at.toFixed(3)} s of the run`;
    const write = async (path: string, body?: unknown, method: "POST" | "DELETE" = "POST") => {
      const key = newIdentifier("request");
      const url = `${this.#url}${path}`;
      const answer = await writeByHttp({ method, url, token, body, key }, () => this.#isOver);
      if (answer === null) this.unknown++;
      else if (!answer.ok) this.refusals.push(`${kind}: ${answer.problem.type}`);
      return answer?.ok === true;
    };
    const done = this.#done;
    const upvoted = `${userId} ${which}`;
    switch (kind) {
      case "chat":
        if (await write(`/api/chat/session/${sessionId}`, { text })) done.messages++;
        break;
      case "question":
        if (await write(`/api/questions/session/${sessionId}`, { text: `${text}?` })) done.questions++;
        break;
      case "upvote":
        if (await write(`/api/questions/${questionIds[which]}/upvote`)) done.upvotes.add(upvoted);
        break;
      case "unvote":
        if (await write(`/api/questions/${questionIds[which]}/upvote`, undefined, "DELETE")) {
          done.upvotes.delete(upvoted);
        }
        break;
      case "vote": {
        const { id, options } = polls[which]!;
        const optionIds = [options[Math.floor(at) % options.length]!.id];
        if (await write(`/api/polls/${id}/vote`, { optionIds })) done.votes.add(upvoted);
        break;
      }
    }
  }
}
