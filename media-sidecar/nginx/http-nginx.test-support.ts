/** A real nginx-http, and servers of the test's own process behind it: who asked them what, and what they answer. */
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { freePort } from "../../testing/support/free-port.ts";
import { type MediaSettings, mediaProcesses } from "../processes.ts";
import { testMediaSettings } from "../test-media-settings.ts";
import { startProcess, type TestProcess } from "../test-process.ts";

export const streamKey = "sk_0123456789abcdefghijklmnopqrstuv";
export const playbackToken = "eyJhbGciOiJIUzI1NiJ9.eyJwYiI6InBiX2EifQ.c2lnbmF0dXJl";
/** Long enough to be compressed. */
export const playlist = `#EXTM3U\n${"#EXT-X-PADDING\n".repeat(100)}`;

type Respond = (request: IncomingMessage) => {
  status: number;
  headers?: Record<string, string>;
  body?: string;
};

export class Upstream {
  readonly requests: IncomingMessage[] = [];
  respond: Respond = () => ({ status: 200, body: "ok" });
  #port = 0;
  readonly server = createServer((request, response) => {
    this.requests.push(request);
    request.resume();
    request.on("end", () => {
      const { status, headers = {}, body = "" } = this.respond(request);
      response.writeHead(status, headers).end(body);
    });
  });

  get port(): number {
    return this.#port;
  }

  /** Again on the same port, if it was open before. */
  async open(): Promise<void> {
    // Not one of those that the system gives out: nobody is given it while this server is away.
    if (this.#port === 0) this.#port = await freePort();
    const listening = once(this.server, "listening");
    this.server.listen(this.#port, "127.0.0.1");
    await listening;
  }

  async close(): Promise<void> {
    const done = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await done;
  }
}

export class HttpNginx {
  readonly api = new Upstream();
  readonly rooms = new Upstream();
  readonly sidecar = new Upstream();
  #running: { settings: MediaSettings; nginx: TestProcess } | null = null;
  #streams = 0;

  get settings(): MediaSettings {
    return this.#running!.settings;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.settings.httpPort}`;
  }

  get accessLog(): string {
    return join(this.settings.dataDirectory, "nginx/http/access.log");
  }

  /** What nginx printed. */
  output(): string {
    return this.#running!.nginx.output();
  }

  /** A playback id nobody asked for before, so that no cache knows it. */
  freshPlaybackId(): string {
    return `pb_${++this.#streams}abcdefghij`;
  }

  async start(more: Partial<MediaSettings>): Promise<void> {
    const settings = await testMediaSettings({
      apiUpstream: `127.0.0.1:${this.api.port}`,
      roomsUpstream: `localhost:${this.rooms.port}`,
      sidecarPort: this.sidecar.port,
      ...more,
    });
    const nginx = await startProcess(mediaProcesses(settings).find(({ name }) => name === "nginx-http")!);
    this.#running = { settings, nginx };
  }

  async stop(): Promise<void> {
    if (this.#running === null) return;
    const { settings, nginx } = this.#running;
    this.#running = null;
    await nginx.stop();
    await rm(settings.dataDirectory, { recursive: true, force: true });
  }
}

/**
 * For the tests of the suite it is called in. Before each, nothing was asked and the three answer as usual: the
 * sidecar permits everything, and has a playlist. `others` are opened before nginx starts, for `more` to name.
 * After all, no log of nginx may have the key or the token.
 */
export function useHttpNginx(
  more: (bench: HttpNginx) => Partial<MediaSettings> = () => ({}),
  ...others: readonly Upstream[]
): HttpNginx {
  const bench = new HttpNginx();
  const { api, rooms, sidecar } = bench;
  const upstreams = [api, rooms, sidecar, ...others];
  beforeAll(async () => {
    await Promise.all(upstreams.map((upstream) => upstream.open()));
    await bench.start(more(bench));
  });
  afterAll(async () => {
    // Whatever the tests asked with them.
    for (const text of [await readFile(bench.accessLog, "utf8"), bench.output()]) {
      expect(text).not.toContain(streamKey);
      expect(text).not.toContain("eyJ");
    }
    await bench.stop();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });
  beforeEach(() => {
    for (const { requests } of upstreams) requests.length = 0;
    api.respond = () => ({ status: 200, body: "api" });
    sidecar.respond = (request) =>
      request.url === "/authorise"
        ? { status: 204 }
        : { status: 200, headers: { "content-type": "application/vnd.apple.mpegurl" }, body: playlist };
  });
  return bench;
}
