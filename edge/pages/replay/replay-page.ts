import type { Recording } from "../../protocol/recordings.ts";
import { Tabs } from "../session/tabs.ts";
import { clockWords } from "../shared/amounts.ts";
import { ApiError } from "../shared/api-client.ts";
import { element, required, setText } from "../shared/element.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";
import { RepeatedLook } from "../shared/repeated-look.ts";
import { drawTitle } from "../watch/about.ts";
import { loadStream, loadSurroundings, mayPass } from "../watch/stream-loader.ts";
import { drawMoments } from "./moment-list.ts";
import { type Moment, momentsOf } from "./moments.ts";
import { ReplayChat } from "./replay-chat.ts";
import { type ReplayClock, replayClock } from "./replay-clock.ts";
import { loadMomentSources, loadRecording } from "./replay-loader.ts";
import { ReplayStage } from "./replay-stage.ts";
import { parseThumbnails } from "./thumbnail-track.ts";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
/** What is still recorded or made changes; what is ready does not. */
const lookEveryMs = 5_000;

/** One recording on one page: the picture, and what was said to it. */
export class ReplayPage {
  #recording: Recording;
  #stage: ReplayStage;
  #chat: ReplayChat | null = null;
  #sources: Awaited<ReturnType<typeof loadMomentSources>> | null = null;
  #drawnMoments = "";
  #hasThumbnails = false;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#stage = new ReplayStage({
      loadRecording: () => this.#read(),
      startAt: Number(new URLSearchParams(location.search).get("t")) || 0,
      changed: () => this.#moved(),
    });
    this.#draw();
    this.#stage.player.start();
    const look = new RepeatedLook(lookEveryMs, async () => {
      if (this.#recording.status !== "ready") await this.#read().catch(() => undefined);
    });
    look.now();
  }

  /** Titles and what was said; tried again until it is there. */
  async surround(attempt = 0): Promise<void> {
    try {
      const stream = await loadStream(this.#recording.streamId);
      const surroundings = await loadSurroundings(stream);
      drawTitle(this.#recording.title, surroundings?.session ?? null, surroundings?.event ?? null);
      if (surroundings === null) return;
      this.#listen(surroundings.session.id);
      this.#sources = await loadMomentSources(surroundings.session.id);
      setText(required("#moment-empty"), "There were no questions or polls.");
      this.#moved();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (problemCode(error.problem) === "unauthenticated")
        setText(required("#moment-empty"), "Sign in to see what was asked and voted.");
      if (!mayPass(error)) return;
      setTimeout(() => void this.surround(attempt + 1), Math.min(10_000, 1_000 * 2 ** attempt));
    }
  }

  #listen(sessionId: string): void {
    if (this.#chat) return;
    this.#chat = new ReplayChat(sessionId);
    new Tabs(
      required("#tabs"),
      [
        { name: "chat", title: "Chat", panel: required("#chat") },
        { name: "moments", title: "Questions and polls", panel: required("#moments") },
      ],
      () => undefined,
    );
    required<HTMLElement>("#panel").hidden = false;
  }

  async #read(): Promise<Recording> {
    try {
      const recording = await loadRecording(this.#recording.id);
      if (recording.playbackUrl === null) this.#stage.refuse("This recording could not be kept.");
      this.#recording = recording;
      this.#draw();
      return recording;
    } catch (error) {
      if (error instanceof ApiError && !mayPass(error)) this.#stage.refuse(describeProblem(error.problem));
      throw error;
    }
  }

  #draw(): void {
    const { title, status, startedAt, durationSeconds, files, posterUrl, thumbnailsUrl, streamId } =
      this.#recording;
    document.title = `${title} · Rostrum`;
    document.body.dataset.streamState = status;
    const badge = required<HTMLElement>("#status");
    setText(badge, status === "recording" ? "Still live" : "Recording");
    badge.dataset.status = status === "recording" ? "live" : "ended";
    setText(required("#when"), day.format(new Date(startedAt)));
    setText(required("#length"), clockWords(durationSeconds));
    required("#ways").replaceChildren(
      element(
        "a",
        { class: "button small", href: `/watch/${encodeURIComponent(streamId)}` },
        "To the stream",
      ),
      ...files.map(({ url }, index) =>
        element(
          "a",
          { class: "button small", href: `${url}?download`, "data-testid": "download" },
          files.length === 1 ? "Download" : `Download part ${index + 1}`,
        ),
      ),
    );
    this.#stage.poster = posterUrl;
    if (thumbnailsUrl != null && !this.#hasThumbnails) void this.#loadThumbnails(thumbnailsUrl);
  }

  /** Without them the bar shows times alone. */
  async #loadThumbnails(url: string): Promise<void> {
    this.#hasThumbnails = true;
    try {
      const answer = await fetch(url);
      if (answer.ok) this.#stage.seekBar.thumbnails = parseThumbnails(await answer.text(), url);
    } catch {
      this.#hasThumbnails = false;
    }
  }

  get #clock(): ReplayClock {
    return replayClock(this.#stage.player.engine?.timeline ?? [], Date.parse(this.#recording.startedAt));
  }

  #moved(): void {
    const clock = this.#clock;
    void this.#chat?.show(clock.instantAt(this.#stage.position));
    this.#showMoments(clock);
  }

  #showMoments(clock: ReplayClock): void {
    const { startedAt, endedAt } = this.#recording;
    if (this.#sources === null || this.#stage.seekBar.durationSeconds === 0) return;
    const moments: Moment[] = momentsOf({
      ...this.#sources,
      clock,
      startedAt: Date.parse(startedAt),
      endedAt: endedAt === null ? Date.now() : Date.parse(endedAt),
    });
    const key = JSON.stringify([moments, Math.round(this.#stage.seekBar.durationSeconds)]);
    if (key === this.#drawnMoments) return;
    this.#drawnMoments = key;
    this.#stage.seekBar.mark(moments);
    drawMoments(moments, (seconds) => {
      this.#stage.player.seekTo(seconds);
      this.#stage.player.play();
    });
  }
}
