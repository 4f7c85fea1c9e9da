import type { StreamStats } from "../../protocol/stream-health.ts";
import type { Stream } from "../../protocol/streams.ts";
import { clockWords } from "../shared/amounts.ts";
import { ApiError } from "../shared/api-client.ts";
import { confirmed } from "../shared/dialog.ts";
import { required, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { RepeatedLook } from "../shared/repeated-look.ts";
import { drawStatus, drawViewers } from "../watch/about.ts";
import { LiveStage } from "../watch/live-stage.ts";
import { loadSurroundings, mayPass } from "../watch/stream-loader.ts";
import { EncoderCard } from "./encoder-card.ts";
import { HealthCard } from "./health-card.ts";
import { HistoryCharts } from "./history-charts.ts";
import { RecordingsCard } from "./recordings-card.ts";
import { RelaysCard } from "./relays-card.ts";
import { isRunByMe, isRunning } from "./stream-order.ts";
import { StreamCalls } from "./studio-calls.ts";

/** What the cards of a desk share. */
export interface DeskActions {
  calls: StreamCalls;
  /** Does something, then looks anew; says why it was not done. True when it was. */
  attempt(action: () => Promise<unknown>, done?: string): Promise<boolean>;
}

const lookEveryMs = 3_000;
const sayForMs = 6_000;

/** Everything of one stream for who runs it. */
export class StreamDesk {
  #stream: Stream | null = null;
  #stage: LiveStage | null = null;
  #look: RepeatedLook;
  #closed: (words: string) => void;
  #calls: StreamCalls;
  #encoder: EncoderCard;
  #health = new HealthCard();
  #history: HistoryCharts;
  #relays: RelaysCard;
  #recordings: RecordingsCard;
  #reportedSession: string | null = null;
  #sayTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(streamId: string, isAdmin: boolean, closed: (words: string) => void) {
    this.#calls = new StreamCalls(streamId);
    this.#closed = closed;
    const actions: DeskActions = {
      calls: this.#calls,
      attempt: (action, done) => this.#attempt(action, done),
    };
    this.#encoder = new EncoderCard(actions, isAdmin);
    this.#history = new HistoryCharts(this.#calls);
    this.#relays = new RelaysCard(actions);
    this.#recordings = new RecordingsCard(actions, isAdmin);
    required<HTMLAnchorElement>("#watch-link").href = `/watch/${encodeURIComponent(streamId)}`;
    required("#end-stream").addEventListener("click", () => void this.#end());
    this.#look = new RepeatedLook(lookEveryMs, () => this.#lookOnce());
    this.#look.now();
  }

  async #lookOnce(): Promise<void> {
    try {
      const stream = await this.#calls.stream();
      if (!isRunByMe(stream)) {
        this.#closed("This stream is run by others. You may watch it all the same.");
        return;
      }
      this.#streamSeen(stream);
      const [stats, relays, recordings] = await Promise.all([
        this.#calls.stats(),
        this.#calls.relays(),
        this.#calls.recordings(),
      ]);
      this.#statsSeen(stats);
      this.#relays.show(relays);
      this.#recordings.show(recordings, stream.record);
      await this.#leadToReport(stream);
      setText(required("#trouble"), "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const words = describeProblem(error.problem);
      // What is on the page already stays: old news is better than none.
      if (mayPass(error)) setText(required("#trouble"), `${words} Trying again by itself.`);
      else this.#closed(words);
    }
  }

  #streamSeen(stream: Stream): void {
    const previous = this.#stream;
    this.#stream = stream;
    required<HTMLElement>("#stream").hidden = false;
    required<HTMLElement>("#gate").hidden = true;
    this.#stage ??= new LiveStage({
      loadPlayback: () => this.#calls.playback(),
      changed: () => this.#draw(),
    });
    const changed = previous?.status !== stream.status || previous.startedAt !== stream.startedAt;
    if (changed) this.#stage.follow(previous, stream);
    setText(required("#title"), stream.title);
    required<HTMLElement>("#end-stream").hidden = !isRunning(stream);
    this.#encoder.show(stream);
    this.#draw();
  }

  /** The event is asked for once, and again when the stream changes its session. */
  async #leadToReport(stream: Stream): Promise<void> {
    if (stream.sessionId === this.#reportedSession) return;
    const surroundings = await loadSurroundings(stream);
    this.#reportedSession = stream.sessionId;
    const link = required<HTMLAnchorElement>("#report-link");
    link.hidden = surroundings === null;
    if (surroundings) link.href = `/report/${encodeURIComponent(surroundings.event.id)}`;
  }

  #statsSeen(stats: StreamStats): void {
    this.#health.show(stats, this.#stream?.lastError ?? null);
    setText(
      required("#uptime"),
      stats.uptimeSeconds === null ? "" : `on air for ${clockWords(stats.uptimeSeconds)}`,
    );
    this.#history.sampleSeen(stats.now?.at ?? null);
  }

  #draw(): void {
    const stream = this.#stream;
    if (stream === null) return;
    drawStatus(stream.status, `${stream.title} · Studio`);
    drawViewers(stream.viewers, stream.status);
    this.#stage?.draw({ status: stream.status, startsAt: null, endedAt: stream.endedAt });
  }

  async #end(): Promise<void> {
    const words = "Viewers see that it is over. The encoder is cut, and may begin a new broadcast.";
    if (await confirmed("End the stream?", words, "End the stream"))
      await this.#attempt(() => this.#calls.end(), "The stream has ended.");
  }

  async #attempt(action: () => Promise<unknown>, done = ""): Promise<boolean> {
    try {
      await action();
      this.#say(done);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(describeProblem(error.problem));
      return false;
    } finally {
      this.#look.now();
    }
  }

  #say(words: string): void {
    clearTimeout(this.#sayTimer);
    setText(required("#say"), words);
    this.#sayTimer = setTimeout(() => setText(required("#say"), ""), sayForMs);
  }
}
