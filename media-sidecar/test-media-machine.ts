/** A whole media machine for tests: both nginx, the sidecar as a process, and the real edge API over HTTP. */
import { readdir, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { eq } from "drizzle-orm";
import type { Hono } from "hono";
import type { ApiEnv } from "../edge/api/request-context.ts";
import { makeEvent, makeSession, makeStream } from "../edge/api/streams/test-scene.ts";
import { createTestApi, type TestApi, testInternalKey } from "../edge/api/test-application.ts";
import { streams } from "../edge/db/schema/streams-tables.ts";
import { freePort } from "../testing/support/free-port.ts";
import { type Publisher, publish } from "../testing/support/publisher.ts";
import { waitFor } from "../testing/support/wait-for.ts";
import { type MediaSettings, mediaProcesses } from "./processes.ts";
import { testMediaSettings } from "./test-media-settings.ts";
import { startProcess, type TestProcess } from "./test-process.ts";

type ProcessName = "nginx-rtmp" | "nginx-http" | "sidecar";
export interface TestStream {
  id: string;
  playbackId: string;
  streamKey: string;
}
type StreamRow = typeof streams.$inferSelect;

export class TestMediaMachine {
  readonly api: TestApi;
  readonly settings: MediaSettings;
  readonly #edge: EdgeServer;
  readonly #processes = new Map<ProcessName, TestProcess>();
  readonly #publishers: Publisher[] = [];
  /** All of its processes' lines as they came, so that whoever knows its length finds behind it what came later. */
  #printed = "";

  private constructor(api: TestApi, edge: EdgeServer, settings: MediaSettings) {
    this.api = api;
    this.#edge = edge;
    this.settings = settings;
  }

  /** Needs TEST_DATABASE_URL. The caller must `stop` it. */
  static async start(more: Partial<MediaSettings> = {}): Promise<TestMediaMachine> {
    const api = await createTestApi();
    const edge = await EdgeServer.listen(api.internalApp);
    const settings = await testMediaSettings({
      edgeInternalUrl: `http://127.0.0.1:${edge.port}`,
      internalApiKey: testInternalKey,
      ...more,
    });
    const machine = new TestMediaMachine(api, edge, settings);
    const names = ["nginx-rtmp", "nginx-http", "sidecar"] as const;
    await Promise.all(names.map((name) => machine.startProcess(name)));
    return machine;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.kill()));
    for (const name of this.#processes.keys()) await this.stopProcess(name);
    await this.#edge.close();
    await this.api.settled();
    await this.api.drop();
    await rm(this.settings.dataDirectory, { recursive: true, force: true });
  }

  async startProcess(name: ProcessName): Promise<void> {
    const description = mediaProcesses(this.settings).find((process) => process.name === name)!;
    const heard = (line: string) => {
      this.#printed += line;
    };
    this.#processes.set(name, await startProcess(description, heard));
  }
  async stopProcess(name: ProcessName, signal?: NodeJS.Signals): Promise<void> {
    await this.#processes.get(name)?.stop(signal);
    this.#processes.delete(name);
  }
  /** As when it crashes and its supervisor brings it back. */
  async killAndRestart(name: ProcessName): Promise<void> {
    await this.stopProcess(name, "SIGKILL");
    await this.startProcess(name);
  }

  pidOf(name: ProcessName): number {
    const running = this.#processes.get(name);
    if (!running) throw new Error(`${name} does not run`);
    return running.pid;
  }

  edgeAway(): Promise<void> {
    return this.#edge.close();
  }
  edgeBack(): Promise<void> {
    return this.#edge.listen();
  }

  /** A stream of a public event's session. */
  async makeStream(more: Partial<StreamRow> = {}): Promise<TestStream> {
    const { db } = this.api.deps;
    const sessionId = await makeSession(db, await makeEvent(db));
    return makeStream(db, { sessionId, ...more });
  }

  /** `name` is the key, and whatever an encoder may write behind it. */
  publish(file: string, name: string): Publisher {
    const publisher = publish(file, `rtmp://127.0.0.1:${this.settings.rtmpPort}/live/${name}`);
    this.#publishers.push(publisher);
    return publisher;
  }

  async row(streamId: string): Promise<StreamRow> {
    const [row] = await this.api.deps.db.select().from(streams).where(eq(streams.id, streamId));
    if (!row) throw new Error(`no stream ${streamId}`);
    return row;
  }

  /** Waits until the edge believes this of the stream; in vain, it tells what the machine said meanwhile. */
  until(stream: TestStream, status: StreamRow["status"], timeoutSeconds = 30): Promise<StreamRow> {
    const ask = async () => {
      const row = await this.row(stream.id);
      if (row.status !== status) throw new Error(`status ${row.status}, lastError ${row.lastError}`);
      return row;
    };
    return this.#seek(`${stream.id} is ${status}`, ask, timeoutSeconds);
  }

  /**
   * Waits until a stream is live that nobody published yet. As encoders do, `publish` comes again where it was told
   * "not now": the edge of these tests shares its process and its database with them, and may be late.
   */
  async goLive(
    stream: TestStream,
    publish: () => Publisher,
  ): Promise<{ publisher: Publisher; row: StreamRow }> {
    let from = this.#printed.length;
    let publisher = publish();
    const ask = async () => {
      const row = await this.row(stream.id);
      if (row.status === "live") return row;
      if (!publisher.running && /"reason":"(edge-away|not-ready|too-slow)"/.test(this.#printed.slice(from))) {
        from = this.#printed.length;
        publisher = publish();
      }
      throw new Error(`status ${row.status}, lastError ${row.lastError}`);
    };
    const row = await this.#seek(`${stream.id} is live`, ask, 60);
    return { publisher, row };
  }

  #seek<T>(what: string, ask: () => Promise<T>, timeoutSeconds: number) {
    return waitFor(what, ask, { timeoutSeconds }).catch((error) => {
      throw new Error(`${error.message}; the machine said: ${this.printed().slice(-3000)}`);
    });
  }

  /** GET `/hls/<path>` as a viewer does. */
  async watch(path: string): Promise<{ status: number; text: string; headers: Headers }> {
    const response = await fetch(`http://127.0.0.1:${this.settings.httpPort}/hls/${path}`, {
      redirect: "manual",
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** What all processes printed so far. */
  printed(): string {
    return this.#printed;
  }

  /** Names and contents of all text files the machine wrote, media and what is gone before it is read left out. */
  async writtenFiles(): Promise<Map<string, string>> {
    const entries = await readdir(this.settings.dataDirectory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !/\.(m4s|mp4|tmp|jpg)$/.test(entry.name));
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    const read = await Promise.all(
      paths.map(async (path) => [path, await readFile(path, "utf8").catch(unlessGone)] as const),
    );
    return new Map(read.filter((each): each is readonly [string, string] => each[1] !== null));
  }
}

/** Serves a Hono application on a port that stays the same when it goes away and comes back. */
class EdgeServer {
  readonly #app: Hono<ApiEnv>;
  #server: Server | null = null;
  port = 0;

  private constructor(app: Hono<ApiEnv>) {
    this.#app = app;
  }

  static async listen(app: Hono<ApiEnv>): Promise<EdgeServer> {
    const edge = new EdgeServer(app);
    edge.port = await freePort();
    await edge.listen();
    return edge;
  }

  /** Does nothing where it is there already. */
  async listen(): Promise<void> {
    if (this.#server) return;
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    const request = new Request(`http://127.0.0.1:${this.port}${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      signal: gone.signal,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const response = await this.#app.fetch(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) Readable.fromWeb(response.body as never).pipe(outgoing);
    else outgoing.end();
  }
}

/** Null for a file that was removed or renamed meanwhile: its next name is read, or its next content. */
function unlessGone(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
