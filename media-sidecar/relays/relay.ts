/** One destination of one stream: tries, sends, waits and tries again for as long as it is wanted. */
import type { MediaRelay } from "../../edge/protocol/internal-aftermath.ts";
import type { Log } from "../../edge/protocol/log.ts";
import { type RelayStatus, readRelayUrl } from "../../edge/protocol/relays.ts";
import { pause } from "../edge-client/repeat.ts";
import { guardedConnection, type RelayNetwork } from "./guarded-connection.ts";
import { Publication } from "./publication.ts";
import { relayBackoffMs } from "./relay-backoff.ts";
import type { RelaySource } from "./relay-source.ts";
import { RelayTrouble, troubleOf } from "./relay-trouble.ts";

export interface RelayState {
  status: RelayStatus;
  error: string | null;
  bitrateKbps: number | null;
  /** Begun anew since the encoder came. */
  attempts: number;
  liveSince: string | null;
}
export const idleRelay: RelayState = {
  status: "idle",
  error: null,
  bitrateKbps: null,
  attempts: 0,
  liveSince: null,
};

export interface RelayDependencies {
  source: RelaySource;
  network: RelayNetwork;
  log: Log;
  /** Called with every change of status or error. */
  changed(state: RelayState): void;
}

/** A destination that was good for so long is tried at once when it fails, as if it never had. */
const steadyMs = 30_000;

export class Relay {
  readonly #relay: MediaRelay;
  readonly #dependencies: RelayDependencies;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #state: RelayState = idleRelay;

  constructor(relay: MediaRelay, dependencies: RelayDependencies) {
    this.#relay = relay;
    this.#dependencies = dependencies;
    this.#log = dependencies.log.with({ relayId: relay.relayId, streamId: relay.streamId });
    this.#done = this.#run();
  }

  get version(): number {
    return this.#relay.version;
  }
  get state(): RelayState {
    return this.#state;
  }

  /** Ends what is sent, with a goodbye where there is time for one. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const stop = this.#stopping.signal;
    const { source } = this.#dependencies;
    while (!stop.aborted) {
      this.#say(idleRelay);
      await source.begun(stop);
      if (!stop.aborted && source.receiving) await this.#serve(AbortSignal.any([stop, source.ended]));
    }
  }

  /** Over one connection of the encoder; `cancel` is its end. */
  async #serve(cancel: AbortSignal): Promise<void> {
    let failures = 0;
    for (let attempts = 0; !cancel.aborted; attempts++) {
      const { trouble, liveMs } = await this.#once(attempts, cancel);
      if (trouble === null || cancel.aborted) return;
      failures = liveMs >= steadyMs ? 1 : failures + 1;
      const status = trouble.permanent ? "failed" : "retrying";
      this.#say({ status, error: trouble.message, bitrateKbps: null, attempts, liveSince: null });
      // What cannot get better waits for an edit, or for the encoder to come anew.
      const waitMs = trouble.permanent ? Number.POSITIVE_INFINITY : relayBackoffMs(failures, Math.random());
      if (waitMs === Number.POSITIVE_INFINITY) await aborted(cancel);
      else await pause(waitMs / 1000, cancel);
    }
  }

  async #once(
    attempts: number,
    cancel: AbortSignal,
  ): Promise<{ trouble: RelayTrouble | null; liveMs: number }> {
    // While it is tried again, what went wrong last time stays to be read.
    this.#say({ ...this.#state, status: "connecting", bitrateKbps: null, attempts, liveSince: null });
    let liveAtMs = performance.now();
    try {
      const publication = await this.#open(cancel);
      liveAtMs = performance.now();
      const liveSince = new Date().toISOString();
      const look = () => {
        const error = publication.skipping ? "takes less than the stream sends: pictures are left out" : null;
        const bitrateKbps = publication.bitrateKbps;
        this.#say({ status: "live", error, bitrateKbps, attempts, liveSince });
      };
      look();
      publication.start(this.#dependencies.source, look);
      const close = () => void publication.close();
      cancel.addEventListener("abort", close, { once: true });
      if (cancel.aborted) close();
      const trouble = await publication.ended;
      cancel.removeEventListener("abort", close);
      return { trouble, liveMs: performance.now() - liveAtMs };
    } catch (error) {
      return { trouble: troubleOf(error, this.#relay.url), liveMs: 0 };
    }
  }

  async #open(cancel: AbortSignal): Promise<Publication> {
    const { url, key } = this.#relay;
    const address = readRelayUrl(url);
    if (address === null) throw new RelayTrouble("its address cannot be used", { permanent: true });
    if (key === null) {
      const words =
        "its key cannot be read any more, since the deployment's secret has changed: enter it again";
      throw new RelayTrouble(words, { permanent: true });
    }
    const socket = await guardedConnection(address, this.#dependencies.network, cancel);
    const { application, host, port } = address;
    return Publication.open(socket, { url, application, key, where: `${host}:${port}` }, cancel);
  }

  #say(state: RelayState): void {
    const isNews = state.status !== this.#state.status || state.error !== this.#state.error;
    this.#state = state;
    if (!isNews) return;
    this.#log.info("relay", { status: state.status, error: state.error, attempts: state.attempts });
    this.#dependencies.changed(state);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
