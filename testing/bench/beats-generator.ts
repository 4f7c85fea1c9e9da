/**
 * Viewers whose players beat, in a process of its own: `viewers` of them, one after the other, so that each beats every
 * `periodSeconds`. Each beat has its moment, and its latency runs from there, whether or not a connection was free:
 * what waits because the server is slow counts against the server. Reads its orders from standard input as JSON and
 * writes what it found to standard output.
 */
import { connect, type Socket } from "node:net";
import { json } from "node:stream/consumers";

export interface BeatOrders {
  port: number;
  /** Beat tokens, one a viewer. */
  tokens: string[];
  periodSeconds: number;
  warmUpSeconds: number;
  seconds: number;
  connections: number;
}

export interface BeatFindings {
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  greatestMs: number;
  /** How late beats were sent, through no fault of the server: 99 of a hundred were sooner. */
  lateMs: number;
  /** Of this process, in shares of a core. */
  cores: number;
  /** How many beats were sent in all, the warm-up's too. */
  sent: number;
}

const orders = (await json(process.stdin)) as BeatOrders;
const { tokens, warmUpSeconds, seconds, periodSeconds } = orders;
const perSecond = tokens.length / periodSeconds;
const total = Math.floor((warmUpSeconds + seconds) * perSecond);
const firstMeasured = Math.floor(warmUpSeconds * perSecond);
const latencies = new Float64Array(total);
const lateness = new Float64Array(total);
const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

function request(index: number): string {
  const viewer = index % tokens.length;
  const beat = Math.floor(index / tokens.length) + 1;
  const body = JSON.stringify({
    token: tokens[viewer],
    playId: `play_${String(viewer).padStart(8, "0")}`,
    beat,
    playing: true,
    ended: false,
    playedSeconds: beat * periodSeconds,
    renditions: { "720p": beat * periodSeconds },
    stalls: 0,
    stallSeconds: 0,
    errors: 0,
    joinMs: 700,
    latencySeconds: 3.5,
  });
  return `POST /api/playback/beat HTTP/1.1\r\nHost: bench\r\nUser-Agent: ${userAgent}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const began = performance.now() + 200;
const dueAt = (index: number) => began + (index * 1000) / perSecond;
let next = 0;
let answered = 0;
let usageAtStart: NodeJS.CpuUsage | null = null;
const free: Connection[] = [];
let finish: () => void;
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});

class Connection {
  readonly #socket: Socket;
  #index = -1;
  #rest = "";

  constructor() {
    this.#socket = connect({ port: orders.port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#read(text));
    this.#socket.on("error", fail);
    this.#socket.on("close", () => {
      if (answered < total) fail(new Error("the server closed a connection"));
    });
  }

  send(index: number): void {
    this.#index = index;
    this.#socket.write(request(index));
  }

  end(): void {
    this.#socket.destroy();
  }

  /** An answer to a beat is a 204, which has no body. */
  #read(text: string): void {
    this.#rest += text;
    if (!this.#rest.includes("\r\n\r\n")) return;
    if (!/^HTTP\/1.1 204 [\s\S]*\r\n\r\n$/.test(this.#rest)) fail(new Error(this.#rest));
    this.#rest = "";
    latencies[this.#index] = performance.now() - dueAt(this.#index);
    answered++;
    free.push(this);
    if (answered === total) finish();
    else pump();
  }
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** Sends what is due, as long as there are connections; what has to wait for one is late by the server's fault. */
function pump(): void {
  const now = performance.now();
  while (next < total && dueAt(next) <= now) {
    // In turn: a server closes what says nothing for long.
    const connection = free.shift();
    if (!connection) return;
    if (next === firstMeasured) usageAtStart = process.cpuUsage();
    lateness[next] = free.length > 0 ? now - dueAt(next) : 0;
    connection.send(next++);
  }
}

const connections = Array.from({ length: orders.connections }, () => new Connection());
free.push(...connections);
const timer = setInterval(pump, 1);
await finished;
clearInterval(timer);
const used = process.cpuUsage(usageAtStart ?? undefined);
const elapsed = (performance.now() - dueAt(firstMeasured)) / 1000;
for (const connection of connections) connection.end();

const measured = latencies.slice(firstMeasured).sort();
const late = lateness.slice(firstMeasured).sort();
const at = (values: Float64Array, share: number) => values[Math.floor((values.length - 1) * share)] ?? 0;
const findings: BeatFindings = {
  perSecond: measured.length / elapsed,
  p50Ms: at(measured, 0.5),
  p95Ms: at(measured, 0.95),
  p99Ms: at(measured, 0.99),
  greatestMs: at(measured, 1),
  lateMs: at(late, 0.99),
  cores: (used.user + used.system) / 1e6 / elapsed,
  sent: total,
};
process.stdout.write(JSON.stringify(findings));
