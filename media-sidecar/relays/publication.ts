/** One connection to a destination, from the handshake to the last picture. The key lives here and in no other process. */
import type { Socket } from "node:net";
import { pause } from "../edge-client/repeat.ts";
import { encodeAmf0, isAmfObject } from "../ingest/amf0.ts";
import { RtmpRefusal, statusText } from "../ingest/awaited-answers.ts";
import { messageTypes, type RtmpMessage } from "../ingest/rtmp-chunk-reader.ts";
import { RtmpConnection } from "../ingest/rtmp-connection.ts";
import { OutgoingQueue, stallSeconds } from "./outgoing-queue.ts";
import { OutgoingTimeline } from "./outgoing-timeline.ts";
import { isKeyframe, type RelaySource } from "./relay-source.ts";
import { RelayTrouble, troubleOf, withoutKey } from "./relay-trouble.ts";

export interface PublicationTarget {
  /** As it was typed: the `tcUrl` of RTMP. */
  url: string;
  application: string;
  key: string;
  /** Names the destination in words. */
  where: string;
}

const answerSeconds = 10;
/** How much of the end still gets out when the encoder goes. */
const farewellSeconds = 1;
const bitrateSeconds = 5;
const setDataFrame = encodeAmf0(["@setDataFrame"]);

export class Publication {
  readonly #target: PublicationTarget;
  readonly #timeline = new OutgoingTimeline();
  readonly #queue = new OutgoingQueue();
  readonly #sent: number[] = [];
  #connection!: RtmpConnection;
  #streamId = 0;
  #begun = false;
  #closing = false;
  #unlisten: () => void = () => {};
  #tick: NodeJS.Timeout | null = null;
  #accepted: (error: RelayTrouble | null) => void = () => {};
  #over: (trouble: RelayTrouble | null) => void = () => {};
  /** Why it ended; null after `close`. */
  readonly ended = new Promise<RelayTrouble | null>((resolve) => {
    this.#over = resolve;
  });

  private constructor(target: PublicationTarget) {
    this.#target = target;
  }

  /** The destination has said that it takes the stream. Throws RelayTrouble; `cancel` ends the attempt. */
  static async open(socket: Socket, target: PublicationTarget, cancel: AbortSignal): Promise<Publication> {
    const publication = new Publication(target);
    const stop = () => socket.destroy();
    cancel.addEventListener("abort", stop);
    if (cancel.aborted) stop();
    try {
      await publication.#publish(socket);
      return publication;
    } catch (error) {
      socket.destroy();
      throw publication.#troubleOf(error);
    } finally {
      cancel.removeEventListener("abort", stop);
    }
  }

  /** kbit/s over the last seconds; null in the first ones. */
  get bitrateKbps(): number | null {
    const [first, last] = [this.#sent[0], this.#sent.at(-1)];
    if (first === undefined || last === undefined || this.#sent.length < 3) return null;
    return ((last - first) * 8) / 1000 / (this.#sent.length - 1);
  }
  /** The destination takes less than the stream sends: pictures are left out. */
  get skipping(): boolean {
    return this.#queue.skipping;
  }

  /** Sends what the source gives until the destination ends it, or `close`. `heard` is called about once a second. */
  start(source: RelaySource, heard: () => void): void {
    this.#unlisten = source.listen((messages) =>
      this.#connection.sendAll(messages.flatMap((message) => this.#outgoing(message, source.hasVideo) ?? [])),
    );
    this.#tick = setInterval(() => {
      const { sentBytes, unsentBytes } = this.#connection;
      this.#sent.push(sentBytes);
      if (this.#sent.length > bitrateSeconds + 1) this.#sent.shift();
      if (this.#queue.isStalled(sentBytes, unsentBytes, performance.now())) {
        this.#finish(new RelayTrouble(`${this.#target.where} has taken nothing for ${stallSeconds} s`));
      }
      heard();
    }, 1000);
  }

  /** Says goodbye, so that the destination ends the stream at once. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#quieten();
    this.#connection.notify(0, "FCUnpublish", null, this.#target.key);
    this.#connection.notify(0, "deleteStream", null, this.#streamId);
    await Promise.race([this.#connection.drained(), pause(farewellSeconds)]);
    this.#finish(null);
  }

  async #publish(socket: Socket): Promise<void> {
    const { url, application, key, where } = this.#target;
    const accepted = new Promise<RelayTrouble | null>((resolve) => {
      this.#accepted = resolve;
    });
    this.#connection = await RtmpConnection.over(
      socket,
      { app: application, tcUrl: url },
      {
        onMedia: () => {},
        onUserControl: () => {},
        onCommand: (name, values) => {
          if (name === "onStatus") this.#hear(values);
        },
        onClose: (error) => {
          const trouble = error
            ? troubleOf(error, where)
            : new RelayTrouble(`${where} closed the connection`);
          this.#accepted(closedAtKey(where, error));
          this.#finish(trouble);
        },
      },
    );
    // Older servers want both announced; those that do not pass over them.
    this.#connection.notify(0, "releaseStream", null, key);
    this.#connection.notify(0, "FCPublish", null, key);
    this.#streamId = await this.#connection.createStream();
    this.#connection.notify(this.#streamId, "publish", null, key, "live");
    const late = pause(answerSeconds).then(() => new RelayTrouble(`${where} does not answer to the key`));
    const trouble = await Promise.race([accepted, late]);
    if (trouble !== null) throw trouble;
  }

  #hear(values: Parameters<typeof statusText>[0]): void {
    const status = values.find(isAmfObject);
    if (status?.code === "NetStream.Publish.Start") this.#accepted(null);
    if (status?.level !== "error") return;
    const trouble = this.#refusal(statusText(values));
    this.#accepted(trouble);
    this.#finish(trouble);
  }

  #refusal(said: string | null): RelayTrouble {
    const { where, key } = this.#target;
    return new RelayTrouble(
      `${where} refuses the stream${said === null ? "" : `: ${withoutKey(said, key)}`}`,
    );
  }

  #troubleOf(error: unknown): RelayTrouble {
    return error instanceof RtmpRefusal ? this.#refusal(error.said) : troubleOf(error, this.#target.where);
  }

  /** As it is sent, or null when it is left out. */
  #outgoing(message: RtmpMessage, hasVideo: boolean): RtmpMessage | null {
    const keyframe = isKeyframe(message);
    const header = message.typeId === messageTypes.data || isHeader(message);
    if (!header && !this.#begun) {
      // Pictures before a keyframe, and sound before the first of them, would be shown as garbage or black.
      if (hasVideo && !keyframe) return null;
      this.#begun = true;
    }
    if (!this.#queue.admits(this.#connection.unsentBytes, { header, keyframe, hasVideo })) return null;
    const timestampMs = this.#begun ? this.#timeline.next(message.timestampMs) : 0;
    const body =
      message.typeId === messageTypes.data &&
      !message.body.subarray(0, setDataFrame.length).equals(setDataFrame)
        ? Buffer.concat([setDataFrame, message.body])
        : message.body;
    return { typeId: message.typeId, streamId: this.#streamId, timestampMs, body };
  }

  #quieten(): void {
    this.#unlisten();
    if (this.#tick) clearInterval(this.#tick);
  }

  #finish(trouble: RelayTrouble | null): void {
    this.#quieten();
    this.#over(trouble);
    // Before it is open, whoever opens it destroys the socket.
    this.#connection?.close();
  }
}

function isHeader({ typeId, body }: RtmpMessage): boolean {
  if (typeId === messageTypes.video) return body.length > 1 && (body[0]! & 0x0f) === 7 && body[1] === 0;
  return typeId === messageTypes.audio && body.length > 1 && body[0]! >> 4 === 10 && body[1] === 0;
}

/** Servers that know no such key mostly just close. */
function closedAtKey(where: string, error: Error | null): RelayTrouble {
  if (error) return troubleOf(error, where);
  return new RelayTrouble(`${where} closed the connection when it was told the key: is the key right?`);
}
