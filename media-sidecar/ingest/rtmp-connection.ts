/** A client's RTMP connection: handshake, commands, acknowledgement and pings (Adobe, RTMP 1.0, §5.2, §5.4, §7). */
import type { Socket } from "node:net";
import { type AmfValue, decodeAmf0, encodeAmf0 } from "./amf0.ts";
import { AwaitedAnswers } from "./awaited-answers.ts";
import type { RtmpAddress, RtmpTarget } from "./rtmp-address.ts";
import { type ChunkLimits, messageTypes, RtmpChunkReader, type RtmpMessage } from "./rtmp-chunk-reader.ts";
import { encodeChunks } from "./rtmp-chunk-writer.ts";
import { shakeHands } from "./rtmp-handshake.ts";
import { connectThriftily, type ReadSocket, readCarefully } from "./rtmp-sockets.ts";

export interface RtmpHandlers {
  onMedia(message: RtmpMessage): void;
  /** A command that answers none of ours, such as onStatus. */
  onCommand(name: string, values: AmfValue[]): void;
  /** User Control events: 0 is StreamBegin, 1 is StreamEOF (§7.1.7). */
  onUserControl(event: number): void;
  /** Called once, whatever the reason. */
  onClose(error: Error | null): void;
}

const outgoingChunkSize = 65_536;
const strangersLimits: ChunkLimits = { messageBytes: 65_536, chunkStreams: 32 };

export class RtmpConnection {
  readonly #socket: Socket;
  readonly #handlers: RtmpHandlers;
  readonly #reader: RtmpChunkReader;
  readonly #answers = new AwaitedAnswers();
  #windowBytes = 0;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #sawMedia = false;
  #closed = false;
  /** Why it is closed, where that was an error. */
  #failure: Error | null = null;

  private constructor(socket: Socket, handlers: RtmpHandlers, limits?: ChunkLimits) {
    this.#reader = new RtmpChunkReader((message) => this.#handle(message), limits);
    this.#socket = socket;
    this.#handlers = handlers;
  }

  /** Connected and greeted; rejects when the peer is away or silent. */
  static async open(address: RtmpAddress, handlers: RtmpHandlers): Promise<RtmpConnection> {
    const tcUrl = `rtmp://${address.host}:${address.port}/${address.app}`;
    return RtmpConnection.#greet(connectThriftily(address), { app: address.app, tcUrl }, handlers);
  }

  /**
   * As `open`, over a socket that is connected already, to publish to a peer that nobody vouches for: it may answer
   * commands, and send nothing large.
   */
  static over(socket: Socket, target: RtmpTarget, handlers: RtmpHandlers): Promise<RtmpConnection> {
    return RtmpConnection.#greet(readCarefully(socket), target, handlers, strangersLimits);
  }

  static async #greet(
    { socket, onData }: ReadSocket,
    { app, tcUrl }: RtmpTarget,
    handlers: RtmpHandlers,
    limits?: ChunkLimits,
  ): Promise<RtmpConnection> {
    const leftover = await shakeHands(socket, (receiver) =>
      onData((data) => {
        receiver(data);
        return { media: false };
      }),
    );
    const connection = new RtmpConnection(socket, handlers, limits);
    onData((data) => connection.#receive(data));
    socket.on("error", (error) => connection.#close(error));
    socket.on("close", () => connection.#close(null));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(outgoingChunkSize);
    connection.#write(2, messageTypes.setChunkSize, 0, 0, size, 128);
    if (leftover.length > 0) connection.#receive(leftover);
    try {
      await connection.command("connect", {
        app,
        // Older servers take publishers with this alone.
        type: "nonprivate",
        flashVer: "FMLE/3.0 (compatible; Rostrum)",
        tcUrl,
        capabilities: 15,
        audioCodecs: 0x0fff,
        videoCodecs: 0x00ff,
      });
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /** Sends a command on the control stream and answers the values of its `_result`. */
  command(name: string, ...values: AmfValue[]): Promise<AmfValue[]> {
    if (this.#closed) return Promise.reject(this.#failure ?? new Error("connection closed"));
    return this.#answers.ask(name, (transaction) =>
      this.#write(3, messageTypes.command, 0, 0, encodeAmf0([name, transaction, ...values])),
    );
  }

  async createStream(): Promise<number> {
    const values = await this.command("createStream", null);
    const streamId = values.at(-1);
    if (typeof streamId !== "number") throw new Error("createStream was answered without a stream");
    return streamId;
  }

  /** A command that has no `_result`, such as play and publish. */
  notify(streamId: number, name: string, ...values: AmfValue[]): void {
    this.#write(8, messageTypes.command, streamId, 0, encodeAmf0([name, 0, ...values]));
  }

  send(message: RtmpMessage): boolean {
    const { typeId, streamId, timestampMs, body } = message;
    return this.#write(typeId === messageTypes.audio ? 4 : 6, typeId, streamId, timestampMs, body);
  }

  /** As `send` for each, in one write. */
  sendAll(messages: readonly RtmpMessage[]): void {
    this.#socket.cork();
    for (const message of messages) this.send(message);
    this.#socket.uncork();
  }

  /** What waits here for the kernel to take it. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }
  /** What the kernel has taken. */
  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** Resolves when what was sent has left for the kernel. */
  drained(): Promise<void> {
    if (this.#socket.writableLength === 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.once("drain", done);
      this.#socket.once("close", done);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#close(null);
  }

  #close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure = error;
    this.#socket.destroy();
    this.#answers.fail(error ?? new Error("connection closed"));
    this.#handlers.onClose(error);
  }

  /** Was there media in it? */
  #receive(data: Buffer): { media: boolean } {
    this.#sawMedia = false;
    this.#receivedBytes += data.length;
    try {
      this.#reader.push(data);
    } catch (error) {
      this.#close(error instanceof Error ? error : new Error(String(error)));
      return { media: false };
    }
    if (this.#windowBytes > 0 && this.#receivedBytes - this.#acknowledgedBytes >= this.#windowBytes / 2) {
      this.#acknowledgedBytes = this.#receivedBytes;
      const body = Buffer.alloc(4);
      body.writeUInt32BE(this.#receivedBytes % 2 ** 32);
      this.#write(2, messageTypes.acknowledgement, 0, 0, body);
    }
    return { media: this.#sawMedia };
  }

  #handle(message: RtmpMessage): void {
    switch (message.typeId) {
      case messageTypes.windowAcknowledgementSize:
        this.#windowBytes = message.body.readUInt32BE(0);
        return;
      case messageTypes.userControl:
        this.#userControl(message.body);
        return;
      case messageTypes.command:
        this.#answer(decodeAmf0(message.body));
        return;
      case messageTypes.audio:
      case messageTypes.video:
      case messageTypes.data:
        this.#sawMedia = true;
        this.#handlers.onMedia(message);
    }
  }

  #userControl(body: Buffer): void {
    const event = body.readUInt16BE(0);
    const pingRequest = 6;
    const pingResponse = 7;
    if (event === pingRequest) {
      const answer = Buffer.from(body);
      answer.writeUInt16BE(pingResponse, 0);
      this.#write(2, messageTypes.userControl, 0, 0, answer);
    } else {
      this.#handlers.onUserControl(event);
    }
  }

  #answer(values: AmfValue[]): void {
    const [name] = values;
    if (!this.#answers.take(values) && typeof name === "string")
      this.#handlers.onCommand(name, values.slice(2));
  }

  #write(
    chunkStreamId: number,
    typeId: number,
    streamId: number,
    timestampMs: number,
    body: Buffer,
    chunkSize = outgoingChunkSize,
  ): boolean {
    if (this.#closed) return false;
    this.#socket.cork();
    let free = true;
    for (const part of encodeChunks(chunkStreamId, { typeId, streamId, timestampMs, body }, chunkSize))
      free = this.#socket.write(part);
    this.#socket.uncork();
    return free;
  }
}
