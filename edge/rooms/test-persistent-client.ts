import { waitFor } from "../../testing/support/wait-for.ts";
import type { Person, TestRooms } from "./test-rooms.ts";
import { newRef, type TestSocket } from "./test-socket.ts";

/** What an honest client does: comes back with the highest seq it was told, repeats what was not acked by its ref. */
export class PersistentClient {
  readonly heard = new Map<number, string>();
  #highest: number | undefined;
  #socket: TestSocket | null = null;
  #read = 0;

  constructor(
    readonly rooms: TestRooms,
    readonly person: Person,
    readonly sessionId: string,
  ) {}

  async #joined(): Promise<TestSocket> {
    if (this.#socket?.isOpen) return this.#socket;
    const after = this.#highest === undefined ? {} : { after: this.#highest };
    const socket = await this.rooms.connect(this.person);
    const answer = await socket.acked("session:join", { sessionId: this.sessionId, ...after });
    this.#highest ??= answer.seq;
    this.#read = 0;
    this.#socket = socket;
    return socket;
  }

  /** Takes in what has come so far, also from a socket that is dead by now. */
  listen(): void {
    const told = this.#socket?.told ?? [];
    for (; this.#read < told.length; this.#read++) {
      const { seq, data } = told[this.#read]!;
      if (seq === undefined) continue;
      if (data !== undefined) this.heard.set(seq, data.text);
      this.#highest = Math.max(this.#highest ?? 0, seq);
    }
  }

  async keepUp(): Promise<void> {
    this.listen();
    await this.#joined();
    this.listen();
  }

  async say(text: string): Promise<void> {
    const ref = newRef();
    await waitFor(
      `${text} to be acked`,
      async () => {
        const socket = await this.#joined();
        const from = socket.told.length;
        socket.send("chat:send", { sessionId: this.sessionId, text }, ref);
        const answer = await waitFor(
          "an answer or the end",
          () => (socket.isOpen ? socket.told.slice(from).find((told) => told.ref === ref) : { type: "gone" }),
          { everyMilliseconds: 5 },
        );
        this.listen();
        return answer.type === "ack";
      },
      { everyMilliseconds: 50, timeoutSeconds: 120 },
    );
  }

  end(): void {
    this.#socket?.end();
  }
}
