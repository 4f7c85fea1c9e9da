import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import type { StreamWarning } from "../../edge/protocol/streams.ts";
import type { EncodingDesk } from "../admission/encoding-desk.ts";
import { Broadcast, type BroadcastReport, type BroadcastSettings } from "../broadcast/broadcast.ts";
import type { StatusReporter } from "../edge-client/status-reporter.ts";
import type { ObservedStream } from "../health/health-desk.ts";
import { type MachineLook, StreamHealth } from "../health/stream-health.ts";
import { rtmpApplication } from "../nginx/rtmp-configuration.ts";
import type { RtmpControl } from "../nginx/rtmp-control.ts";
import type { PlaylistDesk } from "../packager/playlist-desk.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { Thumbnails } from "../thumbnails/thumbnails.ts";
import { machineWarnings } from "./machine-warnings.ts";
import { PrefixRotation, type RotationTimes, usualRotationTimes } from "./prefix-rotation.ts";
import type { HeldPublisher } from "./publisher-watch.ts";
import { isWorthReporting } from "./report-worth.ts";
import {
  initialState,
  type LifecycleAction,
  type LifecycleEvent,
  type LifecycleState,
  resumedState,
  transition,
} from "./stream-lifecycle.ts";
import type { StreamRecord, StreamRecords } from "./stream-records.ts";

export interface LiveStreamDependencies {
  rtmpPort: number;
  mediaDirectory: string;
  rewindLimit: { readonly seconds: number };
  rotationTimes?: RotationTimes;
  /** Ended playlists stay for viewers who are behind; then files and playlists go. */
  keepEndedSeconds: number;
  ffmpegPath: string;
  /** Divides what the machine can encode among its streams; without it each has all of it. */
  encoding?: EncodingDesk;
  nginx: RtmpControl;
  reporter: StatusReporter;
  records: StreamRecords;
  /** Keeps the segments of streams that are recorded. */
  recordings?: Pick<Recordings, "keep" | "end" | "isPaused">;
  /** Shows what was published last. */
  thumbnails?: Pick<Thumbnails, "saw">;
  log: Log;
  /** Its files are gone; forget it. */
  removed(stream: LiveStream): void;
}

/** One broadcast: its lifecycle's state, and the hands that carry out what the lifecycle decides. */
export class LiveStream {
  readonly broadcastId: string;
  readonly #dependencies: LiveStreamDependencies;
  readonly #log: Log;
  /** Set by both ways to make one. */
  #broadcast!: Broadcast;
  #stream: MediaStream;
  #state: LifecycleState = initialState;
  #held: HeldPublisher | null = null;
  #keyHash: string | null = null;
  #startedAt: string | null = null;
  #endedAt: string | null = null;
  #lastError: string | null = null;
  /** Why its source cannot be carried; that was the end of it. */
  #refusal: string | null = null;
  #told: { report: BroadcastReport; atMs: number } | null = null;
  #window: { timer: NodeJS.Timeout; openedAtMs: number; seconds: number } | null = null;
  #rotation!: PrefixRotation;
  readonly #health: StreamHealth;
  /** Whom a former sidecar held: it never left. */
  #formerPublisher: string | null = null;
  #removal: NodeJS.Timeout | null = null;
  #stopped = false;

  private constructor(dependencies: LiveStreamDependencies, stream: MediaStream, broadcastId: string) {
    this.#dependencies = dependencies;
    this.#stream = stream;
    this.broadcastId = broadcastId;
    this.#health = new StreamHealth(stream.latencyMode);
    this.#log = dependencies.log.with({ streamId: stream.streamId, broadcastId });
  }

  static start(dependencies: LiveStreamDependencies, stream: MediaStream): LiveStream {
    const started = new LiveStream(dependencies, stream, newIdentifier("broadcast"));
    started.#hold(new Broadcast(started.#settings()));
    return started;
  }

  /** From a record and what the packager finds on disk; null when there is nothing to go on with. */
  static async resume(
    dependencies: LiveStreamDependencies,
    record: StreamRecord,
  ): Promise<LiveStream | null> {
    const resumed = new LiveStream(dependencies, record.stream, record.broadcastId);
    const broadcast = await Broadcast.resume(resumed.#settings());
    if (broadcast === null) return null;
    resumed.#hold(broadcast);
    resumed.#startedAt = record.startedAt;
    resumed.#keyHash = record.keyHash;
    resumed.#formerPublisher = record.publisher?.clientId ?? null;
    if (record.status === "ended" || broadcast.ended) {
      resumed.#state = { ...resumedState, status: "ended" };
      resumed.#endedAt = record.endedAt ?? new Date().toISOString();
      // Killed between the decision and the playlists' last line.
      if (!broadcast.ended) resumed.#endBroadcast();
      resumed.#removeLater();
    } else {
      resumed.#state = resumedState;
    }
    return resumed;
  }

  get stream(): MediaStream {
    return this.#stream;
  }
  get status(): LifecycleState["status"] {
    return this.#state.status;
  }
  get held(): HeldPublisher | null {
    return this.#held;
  }
  /** Of the key that the edge let in last, unless it was changed since; SHA-256 in hex. */
  get keyHash(): string | null {
    return this.#keyHash;
  }
  /** Whether players find its segments there. */
  isUnder(prefix: string): boolean {
    return this.segmentPrefix === prefix || this.#rotation.isFormer(prefix);
  }
  get segmentPrefix(): string {
    return this.#broadcast.segmentPrefix;
  }
  masterPlaylist(): string | null {
    return this.#broadcast.masterPlaylist();
  }
  /** Media playlists and hinted parts. */
  get desk(): PlaylistDesk {
    return this.#broadcast.desk;
  }

  /** Tokens below this generation are good no more. */
  revokePlayback(generation: number): void {
    this.refresh({ ...this.#stream, playbackGeneration: generation });
  }

  /** What the edge now says of the stream: who may watch, how long to wait. */
  refresh(next: MediaStream): void {
    // A heartbeat's answer may be older than an order.
    const playbackGeneration = Math.max(next.playbackGeneration, this.#stream.playbackGeneration);
    const stream = { ...next, playbackGeneration };
    const isNews = JSON.stringify(stream) !== JSON.stringify(this.#stream);
    this.#stream = stream;
    this.#broadcast.windowSeconds = this.#rewindSeconds();
    this.#rotation.demand(playbackGeneration);
    if (this.#window && this.#window.seconds !== stream.reconnectWindowSeconds) {
      this.#openWindow(this.#window.openedAtMs);
    }
    if (isNews) this.#save();
  }

  /** The machine's limit has changed. */
  rewindLimitChanged(): void {
    this.#broadcast.windowSeconds = this.#rewindSeconds();
    this.tellEdge();
  }

  /**
   * The gate's last step: the player waits at nginx when this resolves. False when the stream was cut or ended
   * meanwhile, so that the publisher must not be let in. Throws when the player cannot attach.
   */
  async admit(publisher: Omit<HeldPublisher, "playbackId">, keyHash: string | null): Promise<boolean> {
    if (this.#state.status === "ended") return false;
    this.#keyHash = keyHash;
    this.#lastError = null;
    this.#held = { ...publisher, playbackId: this.#stream.playbackId };
    this.#dispatch({ type: "admitted", publisher: publisher.clientId });
    try {
      await this.#broadcast.attach();
    } catch (error) {
      this.publisherGone(publisher.clientId);
      throw error;
    }
    return this.#held?.clientId === publisher.clientId;
  }

  publisherGone(clientId: string): void {
    this.#dispatch({ type: "publisher-gone", publisher: clientId });
  }
  /** The encoder must go; the broadcast waits for the next one. */
  cut(): void {
    this.#keyHash = null;
    this.#dispatch({ type: "cut" });
    this.#save();
  }
  end(): void {
    this.#dispatch({ type: "end" });
  }

  /** Something went wrong beside the broadcast, such as a second publisher; said on the stream. */
  noteError(detail: string): void {
    this.#lastError = detail.slice(0, 500);
    this.#dependencies.reporter.report(this.#stream.streamId, { lastError: this.#lastError });
  }

  /** After a restart without anyone publishing: the reconnect window begins. */
  awaitPublisher(): void {
    this.#openWindow();
    this.tellEdge();
    this.#save();
  }

  /** How it does since it was looked at last; what is to be said of that to its encoder is told to the edge at once. */
  look(machine: MachineLook): ReturnType<ObservedStream["look"]> {
    if (!this.#state.shown || this.#state.status === "ended") return null;
    const occasion = { at: new Date(), nowMs: performance.now(), records: this.#stream.record };
    const look = this.#broadcast.look();
    if (this.#health.look(look, machine, occasion)) this.tellEdge();
    return { samples: [this.#health.sample!], shed: [...look.shed], reconnects: this.#health.reconnects };
  }

  /** What this machine did not read of it in time, of all that it ever sent. */
  leftUnread(messages: number): void {
    this.#health.leftUnread(messages);
  }

  /** Source that waits for its encoders now. */
  get backlogSeconds(): number {
    return this.#broadcast.load.backlogSeconds;
  }

  /** How many renditions are left out for want of a faster machine. */
  get shedCount(): number {
    return this.#told?.report.shed.length ?? 0;
  }

  /** Its newest sample; null before the first. */
  get sample(): StreamHealth["sample"] {
    return this.#health.sample;
  }

  /** Everything the edge should know of the present. */
  tellEdge(): void {
    const report = this.#told?.report;
    this.#dependencies.reporter.report(this.#stream.streamId, {
      status: this.#state.status,
      broadcastId: this.broadcastId,
      startedAt: this.#startedAt,
      lastError: this.#lastError,
      ...(report ? { source: report.source, renditions: report.renditions } : {}),
      ...(report || this.#refusal !== null ? { warnings: this.#warnings() } : {}),
    });
  }

  /** The sidecar stops: files, journal and record stay for the next one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#closeWindow();
    this.#rotation.stop();
    if (this.#removal) clearTimeout(this.#removal);
    await this.#broadcast.stop();
  }

  #dispatch(event: LifecycleEvent): void {
    if (this.#stopped) return;
    const before = this.#state;
    const { state, actions } = transition(before, event, this.#stream.reconnectWindowSeconds);
    if (state === before) return;
    this.#state = state;
    if (event.type === "admitted")
      this.#health.publisherCame(before.shown && event.publisher !== this.#formerPublisher);
    if (before.publisher !== null && state.publisher !== before.publisher && state.status !== "ended")
      this.#health.lost(performance.now());
    if (state.publisher === null) this.#held = null;
    if (state.status === "live") this.#startedAt ??= new Date().toISOString();
    if (state.status === "ended") this.#endedAt = new Date().toISOString();
    this.#log.info("stream", { cause: event.type, from: before.status, status: state.status });
    for (const action of actions) this.#carryOut(action);
    this.#save();
    if (state.status !== before.status || event.type === "admitted") this.tellEdge();
  }

  #carryOut(action: LifecycleAction): void {
    switch (action.type) {
      case "drop-publisher":
        // When this fails the watch finds the publisher a second later, for it is held no more.
        this.#dependencies.nginx
          .dropPublisher(this.#stream.playbackId, action.publisher)
          .catch((error) => this.#log.warn("publisher.drop-failed", { error: describeError(error) }));
        return;
      case "finish-run":
        this.#broadcast.publisherGone();
        return;
      case "open-window":
        this.#openWindow();
        return;
      case "close-window":
        this.#closeWindow();
        return;
      case "end-broadcast":
        this.#endBroadcast();
        this.#removeLater();
        return;
    }
  }

  #hold(broadcast: Broadcast): void {
    this.#broadcast = broadcast;
    const times = this.#dependencies.rotationTimes ?? usualRotationTimes;
    this.#rotation = new PrefixRotation(broadcast, times, this.#log);
    // A sidecar that was restarted between a revocation and its move.
    this.#rotation.demand(this.#stream.playbackGeneration);
  }

  /** A window that is changed while it is open counts from when it was opened. */
  #openWindow(openedAtMs = Date.now()): void {
    this.#closeWindow();
    const seconds = this.#stream.reconnectWindowSeconds;
    const over = () => this.#dispatch({ type: "window-over" });
    const timer = setTimeout(over, Math.max(0, openedAtMs + seconds * 1000 - Date.now()));
    this.#window = { timer, openedAtMs, seconds };
  }

  #closeWindow(): void {
    if (this.#window) clearTimeout(this.#window.timer);
    this.#window = null;
  }

  #warnings(): StreamWarning[] {
    const { rewindLimit, recordings } = this.#dependencies;
    return [
      ...this.#health.with(this.#told?.report.warnings ?? []),
      ...machineWarnings(this.#stream, rewindLimit.seconds, recordings?.isPaused === true),
      ...(this.#refusal === null ? [] : [{ code: "source-refused", detail: this.#refusal }]),
    ];
  }

  #rewindSeconds(): number {
    return Math.min(this.#stream.rewindSeconds, this.#dependencies.rewindLimit.seconds);
  }

  #endBroadcast(): void {
    this.#broadcast
      .end()
      .catch((error) => this.#log.error("broadcast.end-failed", { error: describeError(error) }))
      .then(() => this.#dependencies.recordings?.end(this.broadcastId))
      .catch((error) => this.#log.error("recording.end-failed", { error: describeError(error) }));
  }

  #removeLater(): void {
    const endedAtMs = this.#endedAt === null ? Date.now() : Date.parse(this.#endedAt);
    const remaining = Math.max(0, endedAtMs + this.#dependencies.keepEndedSeconds * 1000 - Date.now());
    this.#removal = setTimeout(() => {
      this.#rotation.stop();
      this.#broadcast
        .remove()
        .catch((error) => this.#log.error("broadcast.remove-failed", { error: describeError(error) }))
        .finally(() => {
          this.#dependencies.records.remove(this.broadcastId);
          this.#dependencies.removed(this);
        });
    }, remaining);
  }

  #save(): void {
    this.#dependencies.records.save({
      stream: this.#stream,
      broadcastId: this.broadcastId,
      status: this.#state.status,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      publisher: this.#held ? { clientId: this.#held.clientId, nginxPid: this.#held.nginxPid } : null,
      keyHash: this.#keyHash,
    });
  }

  #settings(): BroadcastSettings {
    const { playbackId, latencyMode, playbackGeneration } = this.#stream;
    const { rtmpPort, mediaDirectory, ffmpegPath, encoding } = this.#dependencies;
    return {
      playbackId,
      broadcastId: this.broadcastId,
      rtmpUrl: `rtmp://127.0.0.1:${rtmpPort}/${rtmpApplication}/${playbackId}`,
      mediaDirectory,
      latencyMode,
      playbackGeneration,
      windowSeconds: this.#rewindSeconds(),
      ffmpegPath,
      ...(encoding ? { encoding } : {}),
      log: this.#log,
      onSegment: (segment) => {
        // On the clock of the playlists, by which a replay is laid beside the pictures: what viewers see of a
        // broadcast began before there was a whole segment of it.
        this.#startedAt ??= new Date(segment.segment.startsAt).toISOString();
        this.#dependencies.thumbnails?.saw(playbackId, segment);
        void this.#dependencies.recordings?.keep(this.#stream, this.broadcastId, segment);
      },
      onReport: (report) => this.#hear(report),
      onRefused: (reason) => this.#refuse(reason),
    };
  }

  #hear(report: BroadcastReport): void {
    if (this.#stopped || this.#state.status === "ended") return;
    const isNews = isWorthReporting(report, this.#told, Date.now());
    if (isNews) this.#told = { report, atMs: Date.now() };
    const { status } = this.#state;
    if (report.playable && report.receiving) this.#dispatch({ type: "picture" });
    if (isNews && this.#state.status === status) this.tellEdge();
  }

  /** In words for whoever stands at the encoder; the stream shows them. */
  #refuse(reason: string): void {
    this.#refusal = reason.slice(0, 500);
    this.#lastError = this.#refusal;
    this.#dispatch({ type: "end" });
  }
}
