import type { ClientSocket } from "./client-socket.ts";
import { framePart } from "./delivery.ts";
import { flushDelayMs } from "./flush-delay.ts";
import type { JoinedRoom } from "./joined-room.ts";

export interface FlusherSettings {
  sockets(): number;
  /** This socket took nothing any more. */
  failed(socket: ClientSocket): void;
  /** This socket takes less than it is sent. */
  tooSlow(socket: ClientSocket): void;
}

/**
 * Gathers what rooms and sockets have to say into one frame a socket and tick. Sockets for which a room's batch is
 * all there is share one string.
 */
export class Flusher {
  readonly #settings: FlusherSettings;
  #rooms = new Set<JoinedRoom<unknown>>();
  #sockets = new Set<ClientSocket>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushedAt = 0;

  constructor(settings: FlusherSettings) {
    this.#settings = settings;
  }

  queueRoom(room: JoinedRoom<unknown>): void {
    this.#rooms.add(room);
    this.#arm();
  }

  queueSocket(socket: ClientSocket): void {
    this.#sockets.add(socket);
    this.#arm();
  }

  /** What is queued for this socket alone, without waiting: it is about to be closed. */
  sendNow(socket: ClientSocket): void {
    const own = socket.takeQueued();
    if (own.length > 0) this.#send(socket, framePart(own).frame);
  }

  #arm(): void {
    if (this.#timer !== null) return;
    const delay = flushDelayMs(this.#settings.sockets(), this.#flushedAt, Date.now());
    this.#timer = setTimeout(() => this.#flush(), delay);
  }

  #flush(): void {
    this.#timer = null;
    this.#flushedAt = Date.now();
    const rooms = [...this.#rooms];
    const sockets = this.#sockets;
    this.#rooms = new Set();
    this.#sockets = new Set();

    const batches = rooms.map((room) => {
      room.tellPeople();
      for (const socket of room.sockets()) sockets.add(socket);
      return room.takeBatch();
    });
    for (const socket of sockets) {
      const own = socket.takeQueued();
      const parts = batches.map((partFor) => partFor(socket)).filter((part) => part !== null);
      const [only] = parts;
      if (own.length === 0 && parts.length <= 1) {
        if (only !== undefined) this.#send(socket, only.frame);
      } else {
        this.#send(socket, framePart([...own, ...parts.map(({ part }) => part)]).frame);
      }
    }
  }

  #send(socket: ClientSocket, frame: string): void {
    if (!socket.mayTake(frame.length)) {
      if (socket.isOpen) this.#settings.tooSlow(socket);
      return;
    }
    try {
      socket.connection.send(frame);
    } catch {
      this.#settings.failed(socket);
    }
  }
}
