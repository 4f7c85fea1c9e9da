/** Compares who publishes, as nginx-rtmp says, with who was let in. Pure: time and stat are given. */
import type { RtmpPublisher, RtmpStat } from "../nginx/rtmp-stat.ts";

/** A connection that the gate let in. */
export interface HeldPublisher {
  playbackId: string;
  clientId: string;
  /** The nginx that knew it. */
  nginxPid: string;
  /** By `performance.now`, as every `nowMs` here. */
  admittedAtMs: number;
}

export interface Observation {
  /** Let in, and there no more: nginx-rtmp died, or its callback was lost. */
  gone: HeldPublisher[];
  /** There, and not let in, or not any more: cut while on_publish was still being answered. */
  intruders: RtmpPublisher[];
}

/** Between on_publish's answer and the entry in stat lie a few milliseconds; an encoder may take its time. */
export const arrivalMs = 3000;

export class PublisherWatch {
  readonly #missedOnce = new Set<string>();
  #strangersBefore = new Set<string>();
  readonly #growth = new Map<string, { bytesIn: number; grewAtMs: number }>();

  /** `stat` is null when nothing listens on nginx-rtmp's port. Call about once a second. */
  observe(stat: RtmpStat | null, held: readonly HeldPublisher[], nowMs: number): Observation {
    this.measure(stat, nowMs);
    const present = new Set(stat?.publishers.map(identity));
    const gone = held.filter((publisher) => this.#isGone(publisher, stat, present, nowMs));
    const expected = new Set(held.map(({ playbackId, clientId }) => `${playbackId} ${clientId}`));
    const strangers = stat?.publishers.filter((publisher) => !expected.has(identity(publisher))) ?? [];
    const intruders = strangers.filter((publisher) => this.#strangersBefore.has(identity(publisher)));
    this.#strangersBefore = new Set(strangers.map(identity));
    return { gone, intruders };
  }

  /**
   * What came in under each name by now. Who is about to judge a silence measures first: the last look may be as old as
   * the silence seems, on a machine that had no time to look.
   */
  measure(stat: RtmpStat | null, nowMs: number): void {
    const names = new Set(stat?.publishers.map(({ name }) => name));
    for (const name of this.#growth.keys()) if (!names.has(name)) this.#growth.delete(name);
    for (const { name, bytesIn } of stat?.publishers ?? []) {
      if (this.#growth.get(name)?.bytesIn !== bytesIn) this.#growth.set(name, { bytesIn, grewAtMs: nowMs });
    }
  }

  /** Seconds since bytes last came in under this name; 0 while nothing is known of it. */
  silentSeconds(playbackId: string, nowMs: number): number {
    const growth = this.#growth.get(playbackId);
    return growth ? (nowMs - growth.grewAtMs) / 1000 : 0;
  }

  #isGone(publisher: HeldPublisher, stat: RtmpStat | null, present: Set<string>, nowMs: number): boolean {
    const key = `${publisher.nginxPid} ${publisher.clientId}`;
    if (stat && stat.pid !== publisher.nginxPid) return true;
    if (present.has(`${publisher.playbackId} ${publisher.clientId}`)) {
      this.#missedOnce.delete(key);
      return false;
    }
    if (nowMs - publisher.admittedAtMs < arrivalMs) return false;
    if (this.#missedOnce.delete(key)) return true;
    this.#missedOnce.add(key);
    return false;
  }
}

function identity({ name, clientId }: RtmpPublisher): string {
  return `${name} ${clientId}`;
}
