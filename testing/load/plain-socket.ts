import { connect, type Socket } from "node:net";
import { clientFrame, FrameReader, opcodes } from "./websocket-frames.ts";

export interface SocketListener {
  opened(): void;
  /** One text frame; the bytes are only good during the call. */
  received(payload: Buffer): void;
  /** Once, for whatever reason, also when it was never open: a close code, `refused 429`, or an error's code. */
  closed(reason: string): void;
}

/** Every socket reads into this: a read is handled before the next one begins. */
const shared = Buffer.alloc(256 * 1024);
const handshakeTimeoutMs = 30_000;

/** A WebSocket client straight on TCP: thousands of them must cost less than what they measure. */
export class PlainSocket {
  readonly #socket: Socket;
  readonly #listener: SocketListener;
  readonly #frames: FrameReader;
  #handshake: string | null = "";
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | null;

  constructor(origin: URL, path: string, listener: SocketListener) {
    this.#listener = listener;
    this.#frames = new FrameReader((opcode, payload) => this.#take(opcode, payload));
    this.#socket = connect({
      host: origin.hostname,
      port: Number(origin.port),
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (count) => {
          this.#read(shared.subarray(0, count));
          return true;
        },
      },
    });
    this.#timer = setTimeout(() => this.#end("no answer to the upgrade"), handshakeTimeoutMs);
    this.#socket.on("connect", () => {
      // The key's answer is not checked: nothing between here and the server caches upgrades.
      this.#socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${origin.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#socket.on("close", () => this.#end("cut"));
  }

  send(text: string): void {
    if (!this.#isClosed) this.#socket.write(clientFrame(text));
  }

  /** As when the network goes: no closing handshake, and `closed` is not called. */
  cut(): void {
    this.#isClosed = true;
    this.#clearTimer();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      if (this.#handshake === null) this.#frames.push(chunk);
      else this.#readHandshake(this.#handshake + chunk.toString("latin1"));
    } catch (error) {
      this.#end(String(error));
    }
  }

  #readHandshake(text: string): void {
    this.#handshake = text;
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) return;
    const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
    if (status !== "101") {
      this.#end(`refused ${status}`);
      return;
    }
    this.#handshake = null;
    this.#clearTimer();
    this.#listener.opened();
    if (text.length > end + 4) this.#frames.push(Buffer.from(text.slice(end + 4), "latin1"));
  }

  #take(opcode: number, payload: Buffer): void {
    if (this.#isClosed) return;
    if (opcode === opcodes.text) this.#listener.received(payload);
    else if (opcode === opcodes.ping) this.#socket.write(clientFrame(Buffer.from(payload), opcodes.pong));
    else if (opcode === opcodes.close) {
      this.#end(payload.length >= 2 ? String(payload.readUInt16BE(0)) : "1005");
    }
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.cut();
    this.#listener.closed(reason);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
