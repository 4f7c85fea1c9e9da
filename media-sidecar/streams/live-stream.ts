import { newIdentifier } from "../../edge/protocol/identifier.ts";
import type { MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../../edge/protocol/log.ts";
import { Broadcast, type BroadcastReport, type BroadcastSettings } from "../broadcast/broadcast.ts";
import type { ObservedStream } from "../health/health-desk.ts";
import type { MachineLook, StreamHealth } from "../health/stream-health.ts";
import { rtmpApplication } from "../nginx/rtmp-configuration.ts";
import type { PlaylistDesk } from "../packager/playlist-desk.ts";
import { BroadcastEnd } from "./broadcast-end.ts";
import type { LiveStreamDependencies } from "./live-stream-dependencies.ts";
import { PrefixRotation, usualRotationTimes } from "./prefix-rotation.ts";
import type { HeldPublisher } from "./publisher-watch.ts";
import { ReconnectWindow } from "./reconnect-window.ts";
import { StreamAccount } from "./stream-account.ts";
import {
  initialState,
  type LifecycleAction,
  type LifecycleEvent,
  type LifecycleState,
  resumedState,
  transition,
} from "./stream-lifecycle.ts";
import type { StreamRecord } from "./stream-records.ts";

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
  #endedAt: string | null = null;
  readonly #account: StreamAccount;
  readonly #window = new ReconnectWindow(() => this.#dispatch({ type: "window-over" }));
  #rotation!: PrefixRotation;
  /** Whom a former sidecar held: it never left. */
  #formerPublisher: string | null = null;
  readonly #end: BroadcastEnd;
  #stopped = false;

  private constructor(dependencies: LiveStreamDependencies, stream: MediaStream, broadcastId: string) {
    this.#dependencies = dependencies;
    this.#stream = stream;
    this.broadcastId = broadcastId;
    this.#account = new StreamAccount(broadcastId, stream, dependencies);
    this.#log = dependencies.log.with({ streamId: stream.streamId, broadcastId });
    this.#end = new BroadcastEnd(broadcastId, dependencies, this.#log);
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
    resumed.#account.startedAt = record.startedAt;
    resumed.#keyHash = record.keyHash;
    resumed.#formerPublisher = record.publisher?.clientId ?? null;
    if (record.status === "ended" || broadcast.ended) {
      resumed.#state = { ...resumedState, status: "ended" };
      resumed.#endedAt = record.endedAt ?? new Date().toISOString();
      // Killed between the decision and the playlists' last line.
      if (!broadcast.ended) resumed.#end.close(broadcast);
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
    this.#window.change(stream.reconnectWindowSeconds);
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
    this.#account.lastError = null;
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
    this.#account.noteError(this.#stream.streamId, detail);
  }

  /** After a restart without anyone publishing: the reconnect window begins. */
  awaitPublisher(): void {
    this.#window.open(this.#stream.reconnectWindowSeconds);
    this.tellEdge();
    this.#save();
  }

  /** How it does since it was looked at last; what is to be said of that to its encoder is told to the edge at once. */
  look(machine: MachineLook): ReturnType<ObservedStream["look"]> {
    if (!this.#state.shown || this.#state.status === "ended") return null;
    const occasion = { at: new Date(), nowMs: performance.now(), records: this.#stream.record };
    const look = this.#broadcast.look();
    if (this.#account.health.look(look, machine, occasion)) this.tellEdge();
    return {
      samples: [this.#account.health.sample!],
      shed: [...look.shed],
      reconnects: this.#account.health.reconnects,
    };
  }

  /** What this machine did not read of it in time, of all that it ever sent. */
  leftUnread(messages: number): void {
    this.#account.health.leftUnread(messages);
  }

  /** Source that waits for its encoders now. */
  get backlogSeconds(): number {
    return this.#broadcast.load.backlogSeconds;
  }

  /** How many renditions are left out for want of a faster machine. */
  get shedCount(): number {
    return this.#account.shedCount;
  }

  /** Its newest sample; null before the first. */
  get sample(): StreamHealth["sample"] {
    return this.#account.health.sample;
  }

  /** Everything the edge should know of the present. */
  tellEdge(): void {
    this.#account.tell(this.#stream, this.#state.status);
  }

  /** The sidecar stops: files, journal and record stay for the next one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#window.close();
    this.#rotation.stop();
    this.#end.stop();
    await this.#broadcast.stop();
  }

  #dispatch(event: LifecycleEvent): void {
    if (this.#stopped) return;
    const before = this.#state;
    const { state, actions } = transition(before, event, this.#stream.reconnectWindowSeconds);
    if (state === before) return;
    this.#state = state;
    if (event.type === "admitted")
      this.#account.health.publisherCame(before.shown && event.publisher !== this.#formerPublisher);
    if (before.publisher !== null && state.publisher !== before.publisher && state.status !== "ended")
      this.#account.health.lost(performance.now());
    if (state.publisher === null) this.#held = null;
    if (state.status === "live") this.#account.startedAt ??= new Date().toISOString();
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
        this.#window.open(this.#stream.reconnectWindowSeconds);
        return;
      case "close-window":
        this.#window.close();
        return;
      case "end-broadcast":
        this.#end.close(this.#broadcast);
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

  #rewindSeconds(): number {
    return Math.min(this.#stream.rewindSeconds, this.#dependencies.rewindLimit.seconds);
  }

  #removeLater(): void {
    this.#end.removeLater(this.#broadcast, this.#endedAt, {
      removing: () => this.#rotation.stop(),
      removed: () => this.#dependencies.removed(this),
    });
  }

  #save(): void {
    this.#dependencies.records.save({
      stream: this.#stream,
      broadcastId: this.broadcastId,
      status: this.#state.status,
      startedAt: this.#account.startedAt,
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
        this.#account.startedAt ??= new Date(segment.segment.startsAt).toISOString();
        this.#dependencies.thumbnails?.saw(playbackId, segment);
        void this.#dependencies.recordings?.keep(this.#stream, this.broadcastId, segment);
      },
      onReport: (report) => this.#hear(report),
      onRefused: (reason) => this.#refuse(reason),
    };
  }

  #hear(report: BroadcastReport): void {
    if (this.#stopped || this.#state.status === "ended") return;
    const isNews = this.#account.hear(report);
    const { status } = this.#state;
    if (report.playable && report.receiving) this.#dispatch({ type: "picture" });
    if (isNews && this.#state.status === status) this.tellEdge();
  }

  #refuse(reason: string): void {
    this.#account.refuse(reason);
    this.#dispatch({ type: "end" });
  }
}
