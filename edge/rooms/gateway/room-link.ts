import { backoffMs } from "../backoff.ts";
import { closeQuietly } from "../party.ts";

/** workerd's answer to a WebSocket handshake that it made itself. */
interface UpgradeResponse {
  readonly status: number;
  readonly webSocket?: (WebSocket & { accept(): void }) | null;
}

export interface RoomLinkSettings {
  url: string;
  internalKey: string;
  /** The connection is up: what is sent from here on arrives in order, or the link goes down. */
  opened(): void;
  received(raw: unknown): void;
  /** The connection that was up is lost; another is being made. */
  lost(): void;
}

const handshakeMs = 5000;
const pingMs = 4000;
/** Rooms answer each ping, so silence of three is a dead connection. */
const silentMs = 12_000;

/** One gateway's socket to one session or event room, made again with backoff until it is closed. */
export class RoomLink {
  readonly #settings: RoomLinkSettings;
  #socket: WebSocket | null = null;
  #started = false;
  #closed = false;
  #attempt = 0;
  #heardAt = 0;
  #pinging: ReturnType<typeof setInterval> | null = null;

  constructor(settings: RoomLinkSettings) {
    this.#settings = settings;
  }

  /** Connects; nothing happens the second time. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#connect();
  }

  /** False when there is no connection: `opened` will tell when to say it again. */
  send(message: unknown): boolean {
    if (this.#socket === null) return false;
    try {
      this.#socket.send(JSON.stringify(message));
      return true;
    } catch {
      this.#drop(this.#socket);
      return false;
    }
  }

  /** Leaves this connection and makes another, which begins with a new `opened`. */
  restart(): void {
    if (this.#socket !== null) this.#drop(this.#socket);
  }

  close(): void {
    this.#closed = true;
    if (this.#socket !== null) this.#drop(this.#socket);
  }

  async #connect(): Promise<void> {
    const socket = await this.#handshake();
    if (this.#closed) return void (socket && closeQuietly(socket));
    if (socket === null) return this.#tryLater();
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.addEventListener("message", ({ data }) => {
      if (this.#socket !== socket) return;
      this.#heardAt = Date.now();
      this.#attempt = 0;
      this.#settings.received(data);
    });
    socket.addEventListener("close", () => this.#drop(socket));
    socket.addEventListener("error", () => this.#drop(socket));
    this.#pinging = setInterval(() => {
      if (Date.now() - this.#heardAt > silentMs) this.#drop(socket);
      else this.send({ kind: "ping" });
    }, pingMs);
    this.#settings.opened();
  }

  async #handshake(): Promise<WebSocket | null> {
    // Not AbortSignal.timeout: workerd ends an accepted WebSocket, too, when the signal of its handshake fires.
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), handshakeMs);
    try {
      const response = (await fetch(this.#settings.url, {
        headers: { upgrade: "websocket", authorization: `Bearer ${this.#settings.internalKey}` },
        signal: patience.signal,
      })) as UpgradeResponse;
      response.webSocket?.accept();
      return response.webSocket ?? null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  #drop(socket: WebSocket): void {
    closeQuietly(socket);
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (this.#pinging !== null) clearInterval(this.#pinging);
    if (this.#closed) return;
    this.#settings.lost();
    this.#tryLater();
  }

  #tryLater(): void {
    setTimeout(() => void (this.#closed || this.#connect()), backoffMs(this.#attempt++, 100, 2000));
  }
}
