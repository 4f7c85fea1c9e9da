/** All relays of this machine: those that the edge names, of the streams that run here. */
import type { MediaRelay } from "../../edge/protocol/internal-aftermath.ts";
import type { Log } from "../../edge/protocol/log.ts";
import { Bell } from "../edge-client/bell.ts";
import { type EdgeClient, edgeTrouble } from "../edge-client/edge-client.ts";
import { backoffSeconds, isWorthALine } from "../edge-client/repeat.ts";
import { rtmpApplication } from "../nginx/rtmp-configuration.ts";
import type { RelayNetwork } from "./guarded-connection.ts";
import { idleRelay, Relay, type RelayState } from "./relay.ts";
import { RelayReporter } from "./relay-reporter.ts";
import { RelaySource } from "./relay-source.ts";

export interface RelayDeskSettings {
  edge: EdgeClient;
  rtmpPort: number;
  network: RelayNetwork;
  log: Log;
  /** The streams that run here, of now. */
  running(): readonly { streamId: string; playbackId: string }[];
}

/** Between looks at which streams run. */
const lookSeconds = 1;
/** Orders come when something changes; this is for what was missed. */
const askAgainSeconds = 30;

export class RelayDesk {
  readonly #settings: RelayDeskSettings;
  readonly #reporter: RelayReporter;
  readonly #bell = new Bell();
  readonly #relays = new Map<string, Relay>();
  /** By playback id; only of streams that are relayed. */
  readonly #sources = new Map<string, RelaySource>();
  #known: readonly MediaRelay[] = [];
  #askAtMs = 0;
  #askedFor = new Set<string>();

  constructor(settings: RelayDeskSettings) {
    this.#settings = settings;
    this.#reporter = new RelayReporter(settings.edge, settings.log);
  }

  /** What each relay does that should be at work now. */
  get statuses(): RelayState["status"][] {
    return [...this.#relays.values()].map(({ state }) => state.status);
  }

  /** Relays of which the edge has not heard the newest. */
  get waiting(): number {
    return this.#reporter.waiting;
  }

  /** Something about relays has changed at the edge. */
  readAnew(): void {
    this.#askAtMs = 0;
    this.#bell.ring();
  }

  /** Until `cancel` fires; then every relay has said goodbye. */
  async run(cancel: AbortSignal): Promise<void> {
    const reporting = this.#reporter.run(() => this.#states(), cancel);
    let failures = 0;
    while (!cancel.aborted) {
      const running = this.#settings.running();
      try {
        if (this.#isTimeToAsk(running)) await this.#ask(running);
        failures = 0;
      } catch (error) {
        failures++;
        if (isWorthALine(failures))
          this.#settings.log.warn("relays.not-read", { failures, error: edgeTrouble(error) });
        // What is known goes on meanwhile.
        this.#askAtMs = performance.now() + backoffSeconds(failures) * 1000;
      }
      await this.#follow(this.#settings.running());
      await this.#bell.wait(lookSeconds, cancel);
    }
    await this.#follow([]);
    await reporting;
  }

  #isTimeToAsk(running: ReturnType<RelayDeskSettings["running"]>): boolean {
    if (running.length === 0) return false;
    return (
      performance.now() >= this.#askAtMs || running.some(({ streamId }) => !this.#askedFor.has(streamId))
    );
  }

  async #ask(running: ReturnType<RelayDeskSettings["running"]>): Promise<void> {
    // Before the answer: an order that comes while it is under way asks once more.
    this.#askAtMs = performance.now() + askAgainSeconds * 1000;
    this.#known = await this.#settings.edge.relays();
    this.#askedFor = new Set(running.map(({ streamId }) => streamId));
  }

  /** Starts and ends relays so that they are those that should be. */
  async #follow(running: ReturnType<RelayDeskSettings["running"]>): Promise<void> {
    const playbackIds = new Map(running.map(({ streamId, playbackId }) => [streamId, playbackId]));
    const wanted = new Map(
      this.#known
        .filter(({ enabled, streamId }) => enabled && playbackIds.has(streamId))
        .map((relay) => [relay.relayId, relay]),
    );
    const leaving = [...this.#relays].filter(([id, relay]) => wanted.get(id)?.version !== relay.version);
    await Promise.all(leaving.map(([id, relay]) => this.#end(id, relay)));
    const sources = new Set([...wanted.values()].map(({ streamId }) => playbackIds.get(streamId)!));
    for (const [playbackId, source] of this.#sources) {
      if (sources.has(playbackId)) continue;
      source.stop();
      this.#sources.delete(playbackId);
    }
    for (const relay of wanted.values()) {
      if (!this.#relays.has(relay.relayId)) this.#begin(relay, playbackIds.get(relay.streamId)!);
    }
  }

  #begin(relay: MediaRelay, playbackId: string): void {
    const { network, log } = this.#settings;
    const changed = (state: RelayState) => this.#reporter.say(relay.relayId, state);
    const started = new Relay(relay, { source: this.#source(playbackId), network, log, changed });
    this.#relays.set(relay.relayId, started);
  }

  async #end(relayId: string, relay: Relay): Promise<void> {
    this.#relays.delete(relayId);
    await relay.stop();
    this.#reporter.say(relayId, idleRelay);
  }

  #source(playbackId: string): RelaySource {
    const known = this.#sources.get(playbackId);
    if (known) return known;
    const { rtmpPort, log } = this.#settings;
    const source = new RelaySource(`rtmp://127.0.0.1:${rtmpPort}/${rtmpApplication}/${playbackId}`, log);
    this.#sources.set(playbackId, source);
    return source;
  }

  *#states(): Iterable<readonly [string, RelayState]> {
    for (const [relayId, relay] of this.#relays) yield [relayId, relay.state];
  }
}
