/** Tells the outside what a broadcast is doing: when it changed, and not more often than it can be read. */
import type { StreamRendition, StreamSource } from "../../edge/protocol/streams.ts";
import type { BroadcastReport, BroadcastSettings } from "./broadcast-settings.ts";

export interface ReportParts {
  source(): StreamSource | null;
  renditions(): StreamRendition[];
  shed(): { name: string; reason: string }[];
  playable(): boolean;
}

/** What is measured changes all the time; it is looked at this often. */
const measureMs = 5000;
const pauseMs = 500;

export class BroadcastReporter {
  readonly #settings: Pick<BroadcastSettings, "log" | "onReport">;
  readonly #parts: ReportParts;
  readonly #warnings = new Map<string, string>();
  #receiving = false;
  #measuring: NodeJS.Timeout | null = null;
  #pending: NodeJS.Timeout | null = null;
  /** By the clock that never jumps. */
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #last = "";

  constructor(settings: Pick<BroadcastSettings, "log" | "onReport">, parts: ReportParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** A publisher came, to whom no warning applies yet, or left. */
  receiving(receiving: boolean): void {
    this.#receiving = receiving;
    if (receiving) {
      // One that takes another's place within a pause is told of, though all the rest may read as before.
      this.#last = "";
      this.#warnings.clear();
      this.#measuring ??= setInterval(() => this.changed(), measureMs);
    } else {
      this.#stopMeasuring();
    }
    this.changed();
  }

  /** Null takes the warning back. */
  warn(code: string, detail: string | null): void {
    if ((this.#warnings.get(code) ?? null) === detail) return;
    if (detail === null) this.#warnings.delete(code);
    else this.#warnings.set(code, detail);
    if (detail !== null) this.#settings.log.warn("source.warning", { code, detail });
    this.changed();
  }

  /** Something may have changed: reports at once, or after a pause. */
  changed(): void {
    if (this.#pending !== null) return;
    const wait = Math.max(0, this.#reportedAtMs + pauseMs - performance.now());
    this.#pending = setTimeout(() => {
      this.#pending = null;
      this.#report();
    }, wait);
  }

  /** Says what is left to say, and nothing more. */
  stop(): void {
    this.#stopMeasuring();
    if (this.#pending !== null) clearTimeout(this.#pending);
    this.#pending = null;
    this.#report();
  }

  #report(): void {
    this.#reportedAtMs = performance.now();
    const report: BroadcastReport = {
      source: this.#parts.source(),
      renditions: this.#parts.renditions(),
      shed: this.#parts.shed(),
      warnings: [...this.#warnings].map(([code, detail]) => ({ code, detail })),
      playable: this.#parts.playable(),
      receiving: this.#receiving,
    };
    const text = JSON.stringify(report);
    if (text === this.#last) return;
    this.#last = text;
    this.#settings.onReport(report);
  }

  #stopMeasuring(): void {
    if (this.#measuring !== null) clearInterval(this.#measuring);
    this.#measuring = null;
  }
}
