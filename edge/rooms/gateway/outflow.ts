/** What may be on its way to a client that has said what arrived. */
const mostOutstanding = 4 * 1024 * 1024;
/** What may have been sent since a client was last heard that does not say what arrived. */
const mostUnheard = 8 * 1024 * 1024;
/** What such a client may have been sent in all: its words prove that it is there, not that it reads. */
const mostUnproven = 64 * 1024 * 1024;
/** Marks stand so far apart at least. */
const markBytes = 64 * 1024;

/**
 * How much of what was sent to one client may still be in this process's memory: workerd keeps what a client does not
 * read, and does not say how much that is. A client can say with its pings how many frames have arrived, every 256 KiB
 * or so; others are judged by when they were heard. Lengths are in UTF-16 units, which is near enough.
 */
export class Outflow {
  #frames = 0;
  #sent = 0;
  #arrived = 0;
  #sentWhenHeard = 0;
  #isProving = false;
  /** Frames sent, and bytes with them, oldest first; all of them beyond what arrived. */
  #marks: { frames: number; bytes: number }[] = [];

  /** Counts one frame that is about to be sent. `unproven`: send it, and let the client begin anew. */
  send(length: number): "fine" | "too slow" | "unproven" {
    this.#frames++;
    this.#sent += length;
    if (this.#sent - (this.#marks.at(-1)?.bytes ?? this.#arrived) >= markBytes) {
      this.#marks.push({ frames: this.#frames, bytes: this.#sent });
    }
    if (this.#isProving) return this.#sent - this.#arrived > mostOutstanding ? "too slow" : "fine";
    if (this.#sent - this.#sentWhenHeard > mostUnheard) return "too slow";
    return this.#sent > mostUnproven ? "unproven" : "fine";
  }

  heard(): void {
    this.#sentWhenHeard = this.#sent;
  }

  /** What was sent since the client was last heard. */
  get unheard(): number {
    return this.#sent - this.#sentWhenHeard;
  }

  /** The client has so many frames of this connection; never more than were sent, whatever it says. */
  prove(frames: number): void {
    this.#isProving = true;
    if (frames >= this.#frames) {
      this.#arrived = this.#sent;
      this.#marks = [];
      return;
    }
    const kept = this.#marks.findIndex((mark) => mark.frames > frames);
    const passed = this.#marks.splice(0, kept < 0 ? this.#marks.length : kept);
    this.#arrived = passed.at(-1)?.bytes ?? this.#arrived;
  }
}
