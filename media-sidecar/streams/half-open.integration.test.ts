/** An encoder whose network is gone, without a word: its packets are dropped between two network namespaces. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fetchMedia } from "../../testing/support/hls.ts";
import { untilLetIn } from "../../testing/support/let-in.ts";
import { asPublisher } from "../../testing/support/publisher.ts";
import { small, testMedia } from "../../testing/support/test-media.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { TestMediaMachine, type TestStream } from "../test-media-machine.ts";

/** Each step has a limit of its own. */
vi.setConfig({ testTimeout: 180_000 });

/** Only root may lay cables. */
const mayLayCables = (() => {
  try {
    execFileSync("ip", ["netns", "list"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

/** A computer of its own beside this one, with a cable that can be pulled. */
class Elsewhere {
  static #made = 0;
  readonly #name: string;
  readonly #subnet: string;
  readonly #publishers: ChildProcess[] = [];

  constructor() {
    const number = Elsewhere.#made++;
    this.#name = `rostrum${process.pid % 10_000}-${number}`;
    this.#subnet = `10.${200 + 2 * (process.pid % 25) + number}.${process.pid % 250}`;
    const [here, there] = [`${this.#name}a`, `${this.#name}b`];
    this.#ip(`netns add ${this.#name}`);
    this.#ip(`link add ${here} type veth peer name ${there}`);
    this.#ip(`link set ${there} netns ${this.#name}`);
    this.#ip(`address add ${this.#subnet}.1/30 dev ${here}`);
    this.#ip(`link set ${here} up`);
    this.#ip(`-n ${this.#name} address add ${this.#subnet}.2/30 dev ${there}`);
    this.#ip(`-n ${this.#name} link set ${there} up`);
  }

  get address(): string {
    return `${this.#subnet}.2`;
  }

  publish(file: string, port: number, key: string): ChildProcess {
    const url = `rtmp://${this.#subnet}.1:${port}/live/${key}`;
    const encoder = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1"];
    const args = [...encoder, "-i", file, "-c", "copy", "-f", "flv", url];
    const child = spawn("ip", ["netns", "exec", this.#name, ...args], { stdio: "ignore" });
    this.#publishers.push(child);
    return child;
  }

  pullCable(): void {
    this.#ip(`link set ${this.#name}a down`);
  }
  plugIn(): void {
    this.#ip(`link set ${this.#name}a up`);
  }

  async remove(): Promise<void> {
    await Promise.all(
      this.#publishers.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill("SIGKILL");
        await once(child, "exit");
      }),
    );
    this.#ip(`netns delete ${this.#name}`);
  }

  #ip(command: string): void {
    execFileSync("ip", command.split(" "));
  }
}

describe.skipIf(!mayLayCables)("an encoder whose network is gone", () => {
  let machine: TestMediaMachine;
  const computers: Elsewhere[] = [];
  let file: string;
  beforeAll(async () => {
    file = await testMedia({ ...small, width: 320, height: 180 });
    machine = await TestMediaMachine.start();
  });
  afterAll(async () => {
    await Promise.all(computers.map((elsewhere) => elsewhere.remove()));
    await machine.stop();
  });

  /** Published from a computer of its own. */
  async function live() {
    const elsewhere = new Elsewhere();
    computers.push(elsewhere);
    const stream = await machine.makeStream();
    const publish = () => asPublisher(elsewhere.publish(file, machine.settings.rtmpPort, stream.streamKey));
    const { publisher: first, row } = await machine.goLive(stream, publish);
    return { elsewhere, stream, first, broadcastId: row.broadcastId };
  }
  const newest = async ({ playbackId }: TestStream) => {
    const url = `http://127.0.0.1:${machine.settings.httpPort}/hls/${playbackId}/v0.m3u8`;
    const { mediaSequence, segments } = await fetchMedia(url);
    return mediaSequence + segments.length;
  };

  it.concurrent("gives way to one at another address within seconds, and is cut when it is back", async () => {
    const { elsewhere, stream, first, broadcastId } = await live();
    const refused = machine.publish(file, stream.streamKey);
    expect((await refused.ended).code, "while the first is active").not.toBe(0);
    await waitFor("the reason on the stream", async () => (await machine.row(stream.id)).lastError);
    elsewhere.pullCable();
    const pulledAt = Date.now();
    const next = await untilLetIn(
      () => machine.printed(),
      () => machine.publish(file, stream.streamKey),
      stream.playbackId,
    );
    const seconds = (Date.now() - pulledAt) / 1000;
    // Whoever tried before was refused; on a busy machine nobody did.
    expect(seconds).toBeGreaterThan(2);
    const before = await newest(stream);
    await waitFor("it plays on", async () => (await newest(stream)) > before + 1);
    elsewhere.plugIn();
    await first.ended;
    expect(next.running).toBe(true);
    expect(await machine.until(stream, "live")).toMatchObject({ broadcastId, lastError: null });
  });

  it.concurrent("does not hold its stream for ever when nobody else comes, and comes back into it", async () => {
    const { elsewhere, stream, first, broadcastId } = await live();
    elsewhere.pullCable();
    await machine.until(stream, "reconnecting");
    elsewhere.plugIn();
    await first.ended;
    elsewhere.publish(file, machine.settings.rtmpPort, stream.streamKey);
    expect((await machine.until(stream, "live")).broadcastId).toBe(broadcastId);
  });
});
