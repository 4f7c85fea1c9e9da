import type { RelayStatusRequest } from "../../edge/protocol/internal-aftermath.ts";
import type { Log } from "../../edge/protocol/log.ts";
import { Bell } from "../edge-client/bell.ts";
import { type EdgeClient, EdgeRefusal, edgeTrouble } from "../edge-client/edge-client.ts";
import { backoffSeconds, isWorthALine, pause } from "../edge-client/repeat.ts";
import type { RelayState } from "./relay.ts";

type Report = RelayStatusRequest["reports"][number];

/** How often the edge hears of relays that have nothing new to say but how much they send. */
const everySeconds = 5;
const mostAtOnce = 500;

/** Tells the edge what becomes of relays: at once what is new, and every few seconds that all is as it was. */
export class RelayReporter {
  readonly #edge: EdgeClient;
  readonly #log: Log;
  readonly #bell = new Bell();
  readonly #waiting = new Map<string, Report>();
  #lastRevision = 0;

  constructor(edge: EdgeClient, log: Log) {
    this.#edge = edge;
    this.#log = log;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Later news of a relay replaces earlier news. */
  say(relayId: string, state: RelayState): void {
    this.#put(relayId, state);
    this.#bell.ring();
  }

  /** `present` are all relays at work, asked for every few seconds, until `cancel` fires. */
  async run(present: () => Iterable<readonly [string, RelayState]>, cancel: AbortSignal): Promise<void> {
    let failures = 0;
    while (!cancel.aborted) {
      await this.#bell.wait(everySeconds, cancel);
      for (const [relayId, state] of present()) this.#put(relayId, state);
      const reports = [...this.#waiting.values()].slice(0, mostAtOnce);
      if (reports.length === 0) continue;
      try {
        await this.#edge.reportRelays(reports);
        failures = 0;
        this.#delivered(reports);
      } catch (error) {
        failures++;
        if (isWorthALine(failures))
          this.#log.warn("relay-report.failed", { failures, error: edgeTrouble(error) });
        // What the edge does not understand must not hold up the rest for ever.
        if (error instanceof EdgeRefusal) this.#delivered(reports);
        await pause(backoffSeconds(failures), cancel);
      }
    }
  }

  #put(relayId: string, state: RelayState): void {
    // From the clock, in microseconds: they grow over restarts without a file.
    this.#lastRevision = Math.max(this.#lastRevision + 1, Date.now() * 1000);
    this.#waiting.set(relayId, { relayId, revision: this.#lastRevision, ...state });
  }

  #delivered(reports: readonly Report[]): void {
    for (const { relayId, revision } of reports) {
      if (this.#waiting.get(relayId)?.revision === revision) this.#waiting.delete(relayId);
    }
    if (this.#waiting.size > 0) this.#bell.ring();
  }
}
