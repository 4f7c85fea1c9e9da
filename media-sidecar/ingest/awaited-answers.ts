/** Commands of one RTMP connection that wait for their `_result` or `_error` (Adobe, RTMP 1.0, §7.2.1). */
import { type AmfValue, isAmfObject } from "./amf0.ts";

/** The peer answered a command with `_error`. */
export class RtmpRefusal extends Error {
  override readonly name = "RtmpRefusal";
  /** What the peer says of it, or null; may hold anything. */
  readonly said: string | null;

  constructor(values: AmfValue[]) {
    super("the RTMP server refused a command");
    this.said = statusText(values);
  }
}

/** Description or code of a status object (§7.2.2), whichever there is. */
export function statusText(values: AmfValue[]): string | null {
  const status = values.find(isAmfObject);
  const text = status?.description || status?.code;
  return typeof text === "string" && text !== "" ? text : null;
}

const patienceSeconds = 10;

export class AwaitedAnswers {
  readonly #waiting = new Map<number, { resolve(values: AmfValue[]): void; reject(error: Error): void }>();
  #transaction = 0;

  /** The values of the answer to the command that `send` sends under the transaction id it is given. */
  ask(name: string, send: (transaction: number) => void): Promise<AmfValue[]> {
    const id = ++this.#transaction;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new Error(`no answer to ${name}`)),
        patienceSeconds * 1000,
      );
      const done =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      send(id);
    });
  }

  /** Was that command message an answer? */
  take([name, id, ...values]: AmfValue[]): boolean {
    if ((name !== "_result" && name !== "_error") || typeof id !== "number") return false;
    const waiting = this.#settle(id);
    if (name === "_result") waiting?.resolve(values);
    else waiting?.reject(new RtmpRefusal(values));
    return true;
  }

  /** None will come any more. */
  fail(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error);
  }

  #settle(id: number) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
