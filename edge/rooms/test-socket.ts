/** A client of `/ws` for tests: keeps what it was told, and waits for what it should be told. */
import { expect } from "vitest";
import WebSocket from "ws";
import { waitFor } from "../../testing/support/wait-for.ts";
import type { ProblemBody } from "../protocol/problem.ts";
import type { EventState, ServerMessage, SessionJoined } from "../protocol/realtime.ts";

type DataOf<M> = M extends { type: "ack" } ? never : M extends { data: infer D } ? D : never;
/** What is acknowledged, besides what a message says. */
type Acknowledged = SessionJoined | EventState | { id: string };
type Said = DataOf<ServerMessage> | Acknowledged;
type NameIn<U> = U extends unknown ? keyof U : never;
type ValueIn<U, K extends PropertyKey> = U extends { [P in K]?: infer V } ? V : never;

/** Whatever is said anywhere under a name: a test looks at what it expects, and fails where it is not. */
export type ToldData = { [K in NameIn<Said>]: ValueIn<Said, K> };

export interface Told {
  type: string;
  ref?: string;
  seq?: number;
  sessionId?: string;
  eventId?: string;
  data: ToldData;
  problem?: ProblemBody;
}

const patienceSeconds = 40;
let nextRef = 0;
export const newRef = () => `t${process.pid}-${nextRef++}`;

export class TestSocket {
  readonly told: Told[] = [];
  /** Each frame's messages, to see what travelled together. */
  readonly frames: Told[][] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Told[];
      this.frames.push(frame);
      this.told.push(...frame);
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on("error", () => {});
  }

  static open(url: string): Promise<TestSocket> {
    const socket = new WebSocket(url);
    const test = new TestSocket(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(test));
      socket.once("unexpected-response", (_request, response) => {
        response.resume();
        reject(
          Object.assign(new Error(`the upgrade was answered ${response.statusCode}`), {
            status: response.statusCode,
          }),
        );
      });
      socket.once("error", reject);
    });
  }

  /** The status an upgrade is refused with. */
  static async refusal(url: string): Promise<number | undefined> {
    try {
      (await TestSocket.open(url)).end();
    } catch (error) {
      return (error as { status?: number }).status;
    }
    return 101;
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  send(type: string, data: unknown, ref = newRef()): string {
    this.sendRaw(JSON.stringify({ type, ref, data }));
    return ref;
  }

  /** The answer to a command, ack or error. */
  async ask(type: string, data: unknown, ref = newRef()): Promise<Told> {
    const before = this.told.length;
    this.send(type, data, ref);
    return this.until(`the answer to ${type}`, (told) => told.ref === ref, before);
  }

  /** The answer's data; the test fails on an error, with its body. */
  async acked(type: string, data: unknown, ref = newRef()): Promise<Told["data"]> {
    const answer = await this.ask(type, data, ref);
    expect(answer.type, JSON.stringify(answer)).toBe("ack");
    return answer.data;
  }

  /** Says something in a session it has joined; what was acked. */
  say(sessionId: string, text: string, ref = newRef()): Promise<Told["data"]> {
    return this.acked("chat:send", { sessionId, text }, ref);
  }

  hears(text: string): Promise<Told> {
    return this.until(`to hear ${text}`, ({ type, data }) => type === "chat:message" && data.text === text);
  }

  /**
   * The first such message, also if it came already (from the `from`th on). Fails at once when the socket is closed.
   * Some come by the slowest of the rooms' rhythms, 13 s later.
   */
  async until(
    what: string,
    isIt: (told: Told) => boolean,
    from = 0,
    timeoutSeconds = patienceSeconds,
  ): Promise<Told> {
    const found = await waitFor(
      what,
      () => this.told.slice(from).find(isIt) ?? (this.closed === null ? null : "closed"),
      { timeoutSeconds, everyMilliseconds: 5 },
    );
    if (found === "closed") throw new Error(`closed with ${this.closed?.code} while waiting for ${what}`);
    return found;
  }

  untilClosed(): Promise<{ code: number; reason: string }> {
    return waitFor("the socket to be closed", () => this.closed, {
      timeoutSeconds: patienceSeconds,
      everyMilliseconds: 5,
    });
  }

  texts(): string[] {
    return this.told.filter(({ type }) => type === "chat:message").map(({ data }) => data.text);
  }

  seqs(): number[] {
    return this.told.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  end(): void {
    this.#socket.close();
  }

  /** Takes nothing more from the network: what the other side sends stays there. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** As when the network goes: no closing handshake. */
  vanish(): void {
    this.#socket.terminate();
  }
}
