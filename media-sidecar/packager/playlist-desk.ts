/** Answers requests for playlists and hinted parts: at once, or when what they wait for is there. */
import { type DeliveryDirectives, judgeWait } from "./delivery-directives.ts";
import { partFile } from "./media-playlist.ts";
import type { SegmentPublisher } from "./segment-publisher.ts";

export type PlaylistAnswer =
  | { readonly kind: "playlist"; readonly body: Buffer }
  /** No such slot, or nothing to play yet. */
  | { readonly kind: "absent" }
  /** Asked for what cannot come soon. */
  | { readonly kind: "absurd" }
  /** It did not come in time, or too many wait. */
  | { readonly kind: "late" };

export type PartAnswer = "available" | "absent" | "late";

interface Waiter {
  /** True when it got its answer. */
  look(): boolean;
}

/** RFC 8216bis §6.2.5.2: who waited three target durations is told so. */
const patienceTargetDurations = 3;
/** Each costs some kilobytes here and two connections of nginx. */
const mostWaiting = 20_000;

export class PlaylistDesk {
  readonly #publisher: SegmentPublisher;
  readonly #waiters = new Set<Waiter>();

  constructor(publisher: SegmentPublisher) {
    this.#publisher = publisher;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** `gone`: whoever asked has hung up. Directives are ignored where the playlist does not offer them. */
  async playlist(
    slot: string,
    { wait, skip }: DeliveryDirectives,
    gone?: AbortSignal,
  ): Promise<PlaylistAnswer> {
    const look = (): PlaylistAnswer | null => {
      const body = this.#publisher.mediaPlaylist(slot, skip);
      if (body === null) return { kind: "absent" };
      const edge = wait === null ? null : this.#publisher.edge(slot);
      const verdict = wait === null || edge === null ? "ready" : judgeWait(wait, edge);
      if (verdict === "absurd") return { kind: "absurd" };
      return verdict === "ready" ? { kind: "playlist", body } : null;
    };
    return (await this.#await(look, gone)) ?? { kind: "late" };
  }

  /** A part that a playlist has hinted at (§6.2.6), by its slot and file name. */
  async part(slot: string, file: string, gone?: AbortSignal): Promise<PartAnswer> {
    const [sequence = -1, part = -1] = file.split(/[-.]/, 2).map(Number);
    if (file !== partFile(sequence, part)) return "absent";
    const look = (): PartAnswer | null => {
      const edge = this.#publisher.edge(slot);
      if (edge === null) return "absent";
      if (sequence === edge.lastSequence + 1) {
        if (part < edge.openParts) return "available";
        return part === edge.openParts ? null : "absent";
      }
      const parts = edge.partsOf(sequence) ?? 0;
      return part < parts ? "available" : "absent";
    };
    return (await this.#await(look, gone)) ?? "late";
  }

  /** Playlists have changed. */
  changed(): void {
    for (const waiter of this.#waiters) if (waiter.look()) this.#waiters.delete(waiter);
  }

  /** Null when it did not come in time. */
  #await<T>(look: () => T | null, gone?: AbortSignal): Promise<T | null> {
    const found = look();
    if (found !== null || this.#waiters.size >= mostWaiting) return Promise.resolve(found);
    const seconds = patienceTargetDurations * (this.#publisher.targetDuration ?? 1);
    return new Promise((resolve) => {
      const end = (answer: T | null) => {
        clearTimeout(timer);
        gone?.removeEventListener("abort", leave);
        resolve(answer);
      };
      const leave = () => {
        this.#waiters.delete(waiter);
        end(null);
      };
      const timer = setTimeout(leave, seconds * 1000);
      const waiter: Waiter = {
        look: () => {
          const answer = look();
          if (answer !== null) end(answer);
          return answer !== null;
        },
      };
      this.#waiters.add(waiter);
      gone?.addEventListener("abort", leave, { once: true });
    });
  }
}
