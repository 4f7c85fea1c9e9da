import type { ClientSocket } from "./client-socket.ts";
import { type FramePart, framePart } from "./delivery.ts";
import { flushDelayMs, softGapMs } from "./flush-delay.ts";
import type { Flushable } from "./joined-room.ts";

export interface FlusherSettings {
  sockets(): number;
  /** This socket took nothing any more. */
  failed(socket: ClientSocket): void;
  /** This socket takes less than it is sent. */
  tooSlow(socket: ClientSocket): void;
  /** So much was sent without a word of what arrived that the socket should begin anew. */
  unproven(socket: ClientSocket): void;
}

/**
 * Gathers what rooms and sockets have to say into one frame a socket and tick. Sockets for which a room's batch is
 * all there is share one string. What has no seq (totals, typing, reactions, counts) is said four times a second at
 * most, by all rooms together.
 */
export class Flusher {
  readonly #settings: FlusherSettings;
  #rooms = new Set<Flushable>();
  #softRooms = new Set<Flushable>();
  #sockets = new Set<ClientSocket>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #dueAt = 0;
  #flushedAt = 0;
  #softAt = 0;

  constructor(settings: FlusherSettings) {
    this.#settings = settings;
  }

  queueRoom(room: Flushable): void {
    this.#rooms.add(room);
    this.#arm(0);
  }

  queueSoft(room: Flushable): void {
    this.#softRooms.add(room);
    this.#arm(this.#softAt + softGapMs);
  }

  queueSocket(socket: ClientSocket): void {
    this.#sockets.add(socket);
    this.#arm(0);
  }

  /** What is queued for this socket alone, without waiting: it is about to be closed. */
  sendNow(socket: ClientSocket): void {
    const own = socket.takeQueued();
    if (own.length > 0) this.#send(socket, framePart(own).frame);
  }

  /** Flushes as soon as the tick allows, and not before `notBefore`. */
  #arm(notBefore: number): void {
    const now = Date.now();
    const dueAt = Math.max(notBefore, now + flushDelayMs(this.#settings.sockets(), this.#flushedAt, now));
    if (this.#timer !== null) {
      if (this.#dueAt <= dueAt) return;
      clearTimeout(this.#timer);
    }
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#flush(), dueAt - now);
  }

  #flush(): void {
    this.#timer = null;
    const now = Date.now();
    this.#flushedAt = now;
    const isSoft = now >= this.#softAt + softGapMs;
    const rooms = [...(isSoft ? new Set([...this.#rooms, ...this.#softRooms]) : this.#rooms)];
    const sockets = this.#sockets;
    this.#rooms = new Set();
    this.#sockets = new Set();
    if (isSoft && this.#softRooms.size > 0) {
      this.#softAt = now;
      this.#softRooms = new Set();
    }
    const [only] = rooms;
    if (rooms.length > 1) this.#flushMany(rooms, isSoft);
    else only?.flush(isSoft, (socket, part) => this.#sendWithOwn(socket, part));
    for (const socket of sockets) this.sendNow(socket);
    if (this.#softRooms.size > 0) this.#arm(this.#softAt + softGapMs);
  }

  #flushMany(rooms: Flushable[], isSoft: boolean): void {
    const parts = new Map<ClientSocket, FramePart>();
    const joined = new Map<FramePart, Map<FramePart, FramePart>>();
    for (const room of rooms) {
      room.flush(isSoft, (socket, part) => {
        const before = parts.get(socket);
        parts.set(socket, before === undefined ? part : joinParts(joined, before, part));
      });
    }
    for (const [socket, part] of parts) this.#sendWithOwn(socket, part);
  }

  #sendWithOwn(socket: ClientSocket, part: FramePart): void {
    if (!socket.hasQueued) this.#send(socket, part.frame);
    else this.#send(socket, framePart([...socket.takeQueued(), part.part]).frame);
  }

  #send(socket: ClientSocket, frame: string): void {
    if (!socket.isOpen) return;
    const verdict = socket.outflow.send(frame.length);
    if (verdict === "too slow") {
      this.#settings.tooSlow(socket);
      return;
    }
    try {
      socket.connection.send(frame);
      if (verdict === "unproven") this.#settings.unproven(socket);
    } catch {
      this.#settings.failed(socket);
    }
  }
}

/** Those who hear the same of two rooms share one string too. */
function joinParts(known: Map<FramePart, Map<FramePart, FramePart>>, first: FramePart, second: FramePart) {
  let after = known.get(first);
  if (after === undefined) {
    after = new Map();
    known.set(first, after);
  }
  let both = after.get(second);
  if (both === undefined) {
    both = framePart([first.part, second.part]);
    after.set(second, both);
  }
  return both;
}
