import type { MediaCommand, MediaStream } from "../../edge/protocol/internal-media.ts";
import { describeError } from "../../edge/protocol/log.ts";
import { pause } from "../edge-client/repeat.ts";
import type { RtmpStat } from "../nginx/rtmp-stat.ts";
import { KeyedTurns } from "./keyed-turns.ts";
import { LiveStream } from "./live-stream.ts";
import type { LiveStreamDependencies } from "./live-stream-dependencies.ts";
import { removeOrphanedMedia } from "./orphaned-media.ts";
import { arrivalMs, type HeldPublisher, PublisherWatch } from "./publisher-watch.ts";
import type { StreamRecord } from "./stream-records.ts";

/** A connection that asks to publish, with the address it comes from and the SHA-256 of its key. */
export interface Applicant {
  clientId: string;
  address: string;
  keyHash: string;
}
export type Admission =
  | { allowed: true }
  | { allowed: false; reason: "already-live" | "cut-meanwhile" | "machine-full" };

/** An encoder whose network died leaves a connection that says nothing; the next one may take its place. */
const silentAfterSeconds = 3;

/** All broadcasts of this machine, by playback id: the present one, and ended ones until their files go. */
export class StreamRegistry {
  readonly #dependencies: LiveStreamDependencies;
  readonly #current = new Map<string, LiveStream>();
  readonly #all = new Set<LiveStream>();
  readonly #watch = new PublisherWatch();
  readonly #turns = new KeyedTurns();
  #unknownBefore = new Set<string>();

  constructor(dependencies: Omit<LiveStreamDependencies, "removed">) {
    this.#dependencies = { ...dependencies, removed: (stream) => this.#forget(stream) };
  }

  get(playbackId: string): LiveStream | undefined {
    return this.#current.get(playbackId);
  }

  /** By where its segments are. */
  bySegmentPrefix(prefix: string): LiveStream | undefined {
    for (const stream of this.#all) if (stream.isUnder(prefix)) return stream;
    return undefined;
  }

  get running(): LiveStream[] {
    return [...this.#current.values()].filter(({ status }) => status !== "ended");
  }

  /** What the running streams ask for. */
  get longestRewindSeconds(): number {
    return Math.max(0, ...this.running.map(({ stream }) => stream.rewindSeconds));
  }

  rewindLimitChanged(): void {
    for (const stream of this.running) stream.rewindLimitChanged();
  }

  /**
   * Lets a connection publish, unless another one does and is not silent. Throws when nginx-rtmp cannot be asked or the player
   * cannot attach: the publisher is refused then, too.
   */
  admit(stream: MediaStream, applicant: Applicant): Promise<Admission> {
    return this.#turns.take(stream.playbackId, () => this.#admitInTurn(stream, applicant));
  }

  /** The running stream that the edge let this key publish, for when it cannot be asked: what it gave holds. */
  publishedWith(keyHash: string): MediaStream | undefined {
    return this.running.find((stream) => stream.keyHash === keyHash)?.stream;
  }

  /** A callback said so. Of which stream does not matter: the connection is what counts. */
  publisherGone(clientId: string): void {
    for (const stream of this.running) if (stream.held?.clientId === clientId) stream.publisherGone(clientId);
  }

  /** An order of the edge; carrying it out again does no harm. */
  async carryOut({ kind, playbackId, playbackGeneration }: MediaCommand): Promise<void> {
    const stream = this.#current.get(playbackId);
    if (kind === "revoke") {
      if (playbackGeneration !== null) stream?.revokePlayback(playbackGeneration);
      return;
    }
    // Orders about what goes beside the stream are others' to carry out.
    if (kind !== "cut" && kind !== "end") return;
    if (kind === "cut") stream?.cut();
    else stream?.end();
    // Also when nothing is known here: what publishes under this name has no right to.
    const cut = await this.#dependencies.nginx.dropPublisher(playbackId).catch(() => 0);
    if (cut > 0 && !stream) this.#dependencies.log.warn("publisher.unknown-cut", { playbackId });
  }

  /** Once a second: what nginx-rtmp says against what is believed here. `stat` is null when nothing listens there. */
  observe(stat: RtmpStat | null): void {
    const held = this.running.flatMap((stream) => stream.held ?? []);
    const { gone, intruders } = this.#watch.observe(stat, held, performance.now());
    for (const { name, unread } of stat?.publishers ?? []) this.#current.get(name)?.leftUnread(unread);
    for (const { playbackId, clientId } of gone) {
      this.#dependencies.log.warn("publisher.vanished", { playbackId, clientId });
      this.#current.get(playbackId)?.publisherGone(clientId);
    }
    for (const { name, clientId } of intruders) {
      this.#dependencies.log.warn("publisher.not-admitted", { playbackId: name, clientId });
      this.#dependencies.nginx
        .dropPublisher(name, clientId)
        .catch((error) =>
          this.#dependencies.log.warn("publisher.drop-failed", { error: describeError(error) }),
        );
    }
  }

  /** The heartbeat's answer: the edge's rights and windows are taken over, its wrong beliefs are put right. */
  compareWithEdge(believed: readonly MediaStream[]): void {
    const unknown = new Set<string>();
    for (const stream of believed) {
      const current = this.#current.get(stream.playbackId);
      current?.refresh(stream);
      const wrong = current ? current.status !== stream.status : stream.status !== "idle";
      if (!wrong || this.#dependencies.reporter.isWaiting(stream.streamId)) continue;
      // A publish may be under way between here and there: only what is wrong twice is put right.
      if (!this.#unknownBefore.has(stream.streamId)) unknown.add(stream.streamId);
      else if (current) current.tellEdge();
      else this.#dependencies.reporter.report(stream.streamId, { status: "ended" });
    }
    this.#unknownBefore = unknown;
  }

  /** At start: goes on with what a former sidecar left, whether its encoder is still there or not. */
  async restore(stat: RtmpStat | null): Promise<void> {
    const { records, mediaDirectory, log } = this.#dependencies;
    for (const record of records.load()) await this.#restoreOne(record, stat);
    const removed = await removeOrphanedMedia(mediaDirectory, {
      broadcastIds: new Set([...this.#all].map(({ broadcastId }) => broadcastId)),
      segmentPrefixes: new Set([...this.#all].map(({ segmentPrefix }) => segmentPrefix)),
    });
    if (removed.length > 0) log.warn("media.orphans-removed", { removed });
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#all].map((stream) =>
        stream
          .stop()
          .catch((error) =>
            this.#dependencies.log.error("stream.stop-failed", { error: describeError(error) }),
          ),
      ),
    );
  }

  async #restoreOne(record: StreamRecord, stat: RtmpStat | null): Promise<void> {
    const { records, reporter } = this.#dependencies;
    const { broadcastId, stream } = record;
    const log = this.#dependencies.log.with({ broadcastId });
    const resumed = await LiveStream.resume(this.#dependencies, record).catch((error) => {
      log.warn("stream.resume-failed", { error: describeError(error) });
      return null;
    });
    if (resumed) this.#keep(resumed);
    else records.remove(broadcastId);
    if (record.status === "ended") return;

    const publisher = stat && publisherOf(record, stat);
    log.info("stream.restored", { resumed: resumed !== null, publishing: !!publisher });
    if (publisher) {
      const current = resumed ?? LiveStream.start(this.#dependencies, stream);
      this.#keep(current);
      const held = { clientId: publisher.clientId, nginxPid: stat.pid, admittedAtMs: performance.now() };
      await current
        .admit(held, record.keyHash)
        .catch((error) => log.warn("attach.failed", { error: describeError(error) }));
    } else if (resumed) {
      resumed.awaitPublisher();
    } else {
      reporter.report(stream.streamId, { status: "ended", broadcastId });
    }
  }

  async #admitInTurn(stream: MediaStream, { clientId, address, keyHash }: Applicant): Promise<Admission> {
    const { nginx } = this.#dependencies;
    let current = this.#current.get(stream.playbackId);
    const stat = await nginx.stat();
    this.#watch.measure(stat, performance.now());
    const publishing = stat.publishers.some(({ name }) => name === stream.playbackId);
    if (publishing || isArriving(current?.held, stat)) {
      if (this.#watch.silentSeconds(stream.playbackId, performance.now()) < silentAfterSeconds) {
        current?.noteError(
          `A second encoder (${address}) tried to publish with this key while the first one was live; it was refused.`,
        );
        return { allowed: false, reason: "already-live" };
      }
      await this.#clear(stream.playbackId);
    }
    // Whoever was held is not there any more, though its callback may not have come.
    if (current?.held) current.publisherGone(current.held.clientId);
    if (!current || current.status === "ended") {
      if (this.#dependencies.encoding?.admits(stream.playbackId, performance.now()) === false) {
        const lastError =
          "The media machine has no room for another stream: wait until one ends, or add a machine.";
        this.#dependencies.reporter.report(stream.streamId, { lastError });
        return { allowed: false, reason: "machine-full" };
      }
      current = LiveStream.start(this.#dependencies, stream);
      this.#keep(current);
    } else {
      current.refresh(stream);
    }
    const publisher = { clientId, nginxPid: stat.pid, admittedAtMs: performance.now() };
    return (await current.admit(publisher, keyHash))
      ? { allowed: true }
      : { allowed: false, reason: "cut-meanwhile" };
  }

  /** Cuts a silent publisher and waits until nginx has let go of its name: until then it says "Already publishing". */
  async #clear(playbackId: string): Promise<void> {
    const { nginx, log } = this.#dependencies;
    log.warn("publisher.silent-replaced", { playbackId });
    await nginx.dropPublisher(playbackId);
    for (let attempt = 0; attempt < 20; attempt++) {
      const { publishers } = await nginx.stat();
      if (!publishers.some(({ name }) => name === playbackId)) return;
      await pause(0.05);
    }
    throw new Error("nginx-rtmp did not let go of a silent publisher");
  }

  #keep(stream: LiveStream): void {
    const { playbackId } = stream.stream;
    this.#all.add(stream);
    const current = this.#current.get(playbackId);
    // On start an ended broadcast may be read after the one that followed it.
    if (!current || current.status === "ended" || stream.status !== "ended") {
      this.#current.set(playbackId, stream);
    }
  }

  #forget(stream: LiveStream): void {
    this.#all.delete(stream);
    if (this.#current.get(stream.stream.playbackId) === stream)
      this.#current.delete(stream.stream.playbackId);
  }
}

/** Let in a moment ago, and on its way into nginx's list: it holds the stream already. */
function isArriving(held: HeldPublisher | null | undefined, stat: RtmpStat): boolean {
  return !!held && held.nginxPid === stat.pid && performance.now() - held.admittedAtMs < arrivalMs;
}

/** The connection that a former sidecar let in, when it is still there; anyone else is cut by the watch. */
function publisherOf({ publisher, stream }: StreamRecord, { pid, publishers }: RtmpStat) {
  if (publisher?.nginxPid !== pid) return undefined;
  return publishers.find(
    ({ name, clientId }) => name === stream.playbackId && clientId === publisher.clientId,
  );
}
