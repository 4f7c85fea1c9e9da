/**
 * workerd's inspector, for tests that ask what is held and not what V8 has not got round to: with room to spare it lets
 * garbage lie until the heap has hundreds of megabytes, so that resident memory alone grows with whatever is said.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import WebSocket from "ws";

export class TestHeap {
  readonly #pid: number;
  readonly #socket: WebSocket;
  #calls = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
  }

  /** Of a workerd with one worker, started with `--inspector-addr=127.0.0.1:port`. */
  static async open(pid: number, port: number): Promise<TestHeap> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
    await once(socket, "open");
    return new TestHeap(pid, socket);
  }

  /** The process's resident memory, in megabytes, without garbage of JavaScript's. */
  async heldMegabytes(): Promise<number> {
    await this.#call("HeapProfiler.collectGarbage");
    // What wrappers found dead by the first held natively is let go between the two.
    await this.#call("HeapProfiler.collectGarbage");
    const status = await readFile(`/proc/${this.#pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<void> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const answered = (data: WebSocket.RawData) => {
        const answer = JSON.parse(String(data)) as { id?: number; error?: { message: string } };
        if (answer.id !== id) return;
        this.#socket.off("message", answered).off("close", gone);
        if (answer.error === undefined) resolve();
        else reject(new Error(`${method}: ${answer.error.message}`));
      };
      const gone = () => reject(new Error(`${method}: the inspector is gone`));
      this.#socket.on("message", answered).on("close", gone);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
