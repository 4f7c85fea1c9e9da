import { followVideo } from "../../client/follow-video.ts";
import { PlaybackBeats } from "../../client/playback-beats.ts";
import { type ConnectionState, RealtimeClient } from "../../client/realtime-client.ts";
import type { SessionRoom } from "../../client/session-room.ts";
import type { Playback, Stream } from "../../protocol/streams.ts";
import { SessionPanel } from "../session/session-panel.ts";
import { ApiError } from "../shared/api-client.ts";
import { required } from "../shared/element.ts";
import type { Identity } from "../shared/identity.ts";
import { drawLatency, drawStatus, drawTitle, drawViewers } from "./about.ts";
import { Introduction } from "./introduction.ts";
import { describeLatency } from "./live-edge.ts";
import { LiveStage } from "./live-stage.ts";
import { lookAt } from "./play-look.ts";
import { drawWays } from "./recording-links.ts";
import {
  type EventFacts,
  loadPlayback,
  loadStream,
  loadSurroundings,
  loadTicket,
  type SessionFacts,
} from "./stream-loader.ts";
import { type KnownStatus, StreamStatusKeeper } from "./stream-status.ts";
import { WatchReports } from "./watch-report.ts";

const pollMs = { alone: 4_000, besideSocket: 15_000 };
const returnAtMostEveryMs = 30_000;
const waysAgainMs = 8_000;

/** One stream on one page: holds together the stage, the stream's state and what people do beside it. */
export class WatchPage {
  #identity: Identity;
  #stream: Stream;
  #session: SessionFacts | null = null;
  #event: EventFacts | null = null;
  #status: StreamStatusKeeper;
  #stage: LiveStage;
  #realtime: RealtimeClient | null = null;
  #panel: SessionPanel | null = null;
  #viewers: number;
  #countedBySocket = false;
  #socketTells = false;
  #returnedAt = 0;
  #beats: PlaybackBeats;
  #beatToken: string | null = null;
  #introduction = new Introduction();
  #reports = new WatchReports();
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #waysTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: Stream, identity: Identity) {
    this.#stream = stream;
    this.#identity = identity;
    this.#viewers = stream.viewers;
    this.#status = new StreamStatusKeeper(stream);
    this.#stage = new LiveStage({
      loadPlayback: () => this.#loadPlayback(),
      changed: () => this.#draw(),
    });
    const { player } = this.#stage;
    const video = required<HTMLVideoElement>("#video");
    this.#beats = new PlaybackBeats({
      to: location.origin,
      loadPlayback: () => this.#loadPlayback(),
      look: () => lookAt(player, video),
    });
    followVideo(this.#beats, video);
    this.#statusChanged(null);
    this.#schedulePoll();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.#poll();
    });
    window.addEventListener("online", () => {
      this.#realtime?.retryNow();
      void this.#poll();
    });
  }

  /** It is known who looks on. */
  viewerKnown(): void {
    this.#identity.onChange(() => void this.#viewerChanged());
    void this.#surround();
  }

  /** Who signs in or out watches on as somebody else, where they still may; else on what was granted before. */
  async #viewerChanged(): Promise<void> {
    const playback = await this.#loadPlayback().catch(() => null);
    if (playback) this.#stage.player.useTokenOf(playback.url);
  }

  /** Where the browser keeps no cookie, the token before says who this was. */
  get #viewer(): { viewer?: string } {
    return navigator.cookieEnabled || this.#beatToken === null ? {} : { viewer: this.#beatToken };
  }

  /** Every new token is the beats' as well. */
  async #loadPlayback(): Promise<Playback> {
    const playback = await this.#introduction.ask(() => loadPlayback(this.#stream.id, this.#viewer));
    this.#beatToken = playback.beatToken;
    this.#beats.use(playback);
    return playback;
  }

  /** What belongs around the picture: titles, socket, chat. Tried again until it is there. */
  async #surround(attempt = 0): Promise<void> {
    try {
      const surroundings = await loadSurroundings(this.#stream);
      this.#session = surroundings?.session ?? null;
      this.#event = surroundings?.event ?? null;
    } catch {
      setTimeout(() => void this.#surround(attempt + 1), Math.min(10_000, 1_000 * 2 ** attempt));
      return;
    }
    drawTitle(this.#stream.title, this.#session, this.#event);
    this.#draw();
    this.#showWays();
    if (this.#session) this.#connect(this.#session);
  }

  #connect(session: SessionFacts): void {
    const realtime = new RealtimeClient({
      urls: [socketUrl(location.origin), socketUrl(this.#stream.playbackUrl)],
      fetchTicket: () => this.#introduction.ask(() => loadTicket(this.#viewer)),
      onConnection: (state) => this.#connectionChanged(state),
    });
    this.#realtime = realtime;
    // Without the event room the polling goes on.
    const event = realtime.event(session.eventId);
    event.on("joined", ({ streams }) => {
      const own = streams.find(({ streamId }) => streamId === this.#stream.id);
      if (own) this.#pushed(own);
    });
    event.on("stream:status", ({ data }) => {
      if (data.streamId === this.#stream.id) this.#pushed(data);
    });
    event.on("event:updated", ({ data }) => {
      this.#event = data;
      drawTitle(this.#stream.title, this.#session, this.#event);
    });
    this.#panel = new SessionPanel({
      session,
      identity: this.#identity,
      realtime,
      viewers: (count) => {
        this.#countedBySocket = true;
        this.#viewers = count;
        this.#draw();
      },
    });
    const room = realtime.session(session.id);
    room.on("joined", () => this.#reports.again());
    setInterval(() => this.#report(room), 1_000);
    this.#identity.onChange(() => realtime.connect());
    realtime.connect();
  }

  /** What is recorded is known to the API a moment after the stream began. */
  #showWays(): void {
    clearTimeout(this.#waysTimer);
    void drawWays(this.#stream);
    this.#waysTimer = setTimeout(() => void drawWays(this.#stream), waysAgainMs);
  }

  /** How watching goes, where beats do not get through to say it; what is not heard is said again with the next one. */
  #report(room: SessionRoom): void {
    if (!room.membership.joined) return;
    const { state, engine } = this.#stage.player;
    const said = this.#beats.areHeard ? "paused" : state;
    const report = this.#reports.next(said, engine?.latencySeconds ?? null, performance.now());
    if (report) room.watchState(report).catch(() => undefined);
  }

  #connectionChanged(state: ConnectionState): void {
    this.#panel?.showConnection(state);
    if (state.status !== "open") this.#countedBySocket = false;
    // How often to ask depends on whether the socket tells. Only at a change: failing attempts must not put it off.
    if (this.#socketTells !== (state.status === "open")) {
      this.#socketTells = !this.#socketTells;
      this.#schedulePoll();
    }
    if (state.status !== "ended" || state.reason !== "credentials-ended") return;
    // Signed out somewhere else: come back as whoever we are now, but never in a circle.
    if (Date.now() - this.#returnedAt < returnAtMostEveryMs) return;
    this.#returnedAt = Date.now();
    const before = this.#identity.user?.id;
    void this.#identity.refresh().then(() => {
      if (this.#identity.user?.id === before) this.#realtime?.connect();
    });
  }

  #pushed(status: KnownStatus): void {
    const previous = this.#status.known;
    if (this.#status.pushed(status)) this.#statusChanged(previous);
  }

  async #poll(): Promise<void> {
    const answered = this.#status.polling();
    try {
      const stream = await loadStream(this.#stream.id);
      const previous = this.#status.known;
      this.#stream = stream;
      if (!this.#countedBySocket) this.#viewers = stream.viewers;
      if (answered(stream)) this.#statusChanged(previous);
      else this.#draw();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #schedulePoll(): void {
    clearTimeout(this.#pollTimer);
    const delay = this.#socketTells ? pollMs.besideSocket : pollMs.alone;
    this.#pollTimer = setTimeout(() => void this.#poll().finally(() => this.#schedulePoll()), delay);
  }

  #statusChanged(previous: KnownStatus | null): void {
    const { known } = this.#status;
    this.#stage.follow(previous, known);
    if (previous !== null) this.#showWays();
    if (known.status === "ended" && previous !== null)
      this.#stream = { ...this.#stream, endedAt: new Date().toISOString() };
    this.#draw();
  }

  #draw(): void {
    const { status } = this.#status.known;
    const { state, engine } = this.#stage.player;
    drawViewers(this.#viewers, status);
    drawStatus(status, this.#session?.title ?? this.#stream.title);
    drawLatency(state === "playing" ? describeLatency(engine?.latencySeconds ?? null) : "");
    this.#stage.draw({
      status,
      startsAt: this.#session?.startsAt ?? this.#event?.startsAt ?? null,
      endedAt: this.#stream.endedAt,
    });
  }
}

/** Where the API is reached directly there is no `/ws`; the host of the media has it always. */
function socketUrl(base: string): string {
  return new URL("/ws", new URL(base, location.origin)).href.replace(/^http/, "ws");
}
