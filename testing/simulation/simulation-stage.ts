import { readFile } from "node:fs/promises";
import type { Poll } from "../../edge/protocol/polls.ts";
import type { Question } from "../../edge/protocol/questions.ts";
import { KillStage, type Person } from "../kills/kill-stage.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { scenePolls, sceneQuestions } from "./viewer-script.ts";

/** A public event with two sessions, each with a live stream, and what one can do there. */
export interface Scene {
  eventId: string;
  stages: { sessionId: string; title: string; streamId: string }[];
  questionIds: string[];
  polls: Poll[];
  /** With seats; who asked the questions is none of them. */
  people: readonly Person[];
}

const picture = {
  ...{ width: 160, height: 90, framesPerSecond: 10 },
  ...{ duration: 10, keyframeInterval: 2, videoKbps: 50 },
};

const apiProcesses = ["api", "api-2"] as const;
const internalApiKey = "the-internal-key-of-simulated-runs";

/** A whole Rostrum with two processes of the API, and tiny streams that are really live. */
export class SimulationStage {
  readonly kill: KillStage;
  readonly #publishers: Publisher[] = [];

  private constructor(stage: KillStage) {
    this.kill = stage;
  }

  static async open(signedInViewers: number, beatSeconds: number): Promise<SimulationStage> {
    const stage = await KillStage.open(1 + signedInViewers, 1, {
      API_PROCESSES: String(apiProcesses.length),
      INTERNAL_API_KEY: internalApiKey,
      BEAT_SECONDS: String(beatSeconds),
      // Nearly all viewers come from one machine's addresses, and to chat a lot is none of the questions here.
      BEATS_PER_ADDRESS: "1000000",
      NEW_VIEWERS_PER_ADDRESS: "1000000",
    });
    return new SimulationStage(stage);
  }

  get url(): string {
    return this.kill.rostrum.url;
  }

  async scene(): Promise<Scene> {
    const { admin } = this.kill.rostrum;
    const event = await admin.createEvent();
    const [asker, ...people] = this.kill.people;
    const seats = this.kill.people.map(({ userId }) => ({ event_id: event.id, user_id: userId }));
    await this.kill.withDatabase((sql) => sql`insert into attendees ${sql(seats)}`);
    const file = await testMedia(picture);
    const stages = [
      await this.#goLive(event.id, "The first session", file),
      await this.#goLive(event.id, "The second session", file),
    ];
    const { sessionId } = stages[0]!;
    const questionIds: string[] = [];
    for (let index = 0; index < sceneQuestions; index++) {
      const path = `/api/questions/session/${sessionId}`;
      const text = `Question ${index} of the scene?`;
      questionIds.push((await admin.as(asker!.token).call<Question>("POST", path, { text })).id);
    }
    const polls: Poll[] = [];
    for (let index = 0; index < scenePolls; index++) {
      polls.push(
        await admin.call<Poll>("POST", "/api/polls", {
          sessionId,
          question: `Which of ${index}?`,
          options: ["one", "two", "three"],
        }),
      );
    }
    return { eventId: event.id, stages, questionIds, polls, people };
  }

  /** What Prometheus reads of each process of the API. */
  metrics(): Promise<string[]> {
    return Promise.all(
      apiProcesses.map(async (name) => {
        const answer = await fetch(`http://${await this.#internalAddress(name)}/metrics`, {
          headers: { authorization: `Bearer ${internalApiKey}` },
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`/metrics answered ${answer.status}: ${text}`);
        return text;
      }),
    );
  }

  /** Every row of the raw log, to look at what became of a viewer. */
  rawLog(): Promise<Record<"plays" | "minutes" | "presence", unknown[]>> {
    return this.kill.withDatabase(async (sql) => ({
      plays: [...(await sql`select * from plays order by viewer_id, first_at`)],
      minutes: [...(await sql`select * from play_minutes order by viewer_id, play_id, minute`)],
      presence: [...(await sql`select * from presence_minutes order by viewer_id, minute`)],
    }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
    await this.kill.close();
  }

  /** The copy has chosen it, and told that process alone. */
  async #internalAddress(name: (typeof apiProcesses)[number]): Promise<string> {
    const line = await readFile(`/proc/${await this.kill.rostrum.pidOf(name)}/cmdline`, "utf8");
    const address = /--socket-addr=internal=([^\0]+)/.exec(line)?.[1];
    if (address === undefined) throw new Error(`${name} was started without an internal address: ${line}`);
    return address;
  }

  async #goLive(eventId: string, title: string, file: string): Promise<Scene["stages"][number]> {
    const { admin, ingestUrl } = this.kill.rostrum;
    const { id: sessionId } = await admin.createSession(eventId, { title });
    const { stream, streamKey } = await admin.createStream({ sessionId });
    this.#publishers.push(publish(file, `${ingestUrl}/${streamKey}`));
    await waitFor("the stream is live", async () => (await admin.stream(stream.id)).status === "live", {
      timeoutSeconds: 60,
    });
    return { sessionId, title, streamId: stream.id };
  }
}
