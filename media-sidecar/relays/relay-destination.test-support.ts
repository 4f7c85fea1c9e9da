/** A second real nginx-rtmp, as the service that a stream is relayed to. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../testing/support/free-port.ts";
import { parseRtmpStat } from "../nginx/rtmp-stat.ts";
import { startProcess, type TestProcess } from "../test-process.ts";

const application = "ingest";

export class RelayDestination {
  readonly port: number;
  readonly #statPort: number;
  readonly #folder: string;
  readonly #doorman: Server;
  readonly #keys: Set<string>;
  #process: TestProcess | null = null;

  private constructor(
    folder: string,
    doorman: Server,
    keys: Set<string>,
    ports: { port: number; statPort: number },
  ) {
    this.#folder = folder;
    this.#doorman = doorman;
    this.#keys = keys;
    this.port = ports.port;
    this.#statPort = ports.statPort;
  }

  /** Takes these keys and refuses others; does not run yet. */
  static async make(...keys: string[]): Promise<RelayDestination> {
    const folder = await mkdtemp(join(tmpdir(), "rostrum-destination-"));
    await chmod(folder, 0o755);
    const allowed = new Set(keys);
    const doorman = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        response.statusCode = allowed.has(new URLSearchParams(body).get("name") ?? "") ? 200 : 403;
        response.end();
      });
    });
    await new Promise<void>((resolve) => doorman.listen(0, "127.0.0.1", resolve));
    const ports = { port: await freePort(), statPort: await freePort() };
    return new RelayDestination(folder, doorman, allowed, ports);
  }

  get url(): string {
    return `rtmp://127.0.0.1:${this.port}/${application}`;
  }
  /** To play what arrives. */
  playUrl(key: string): string {
    return `${this.url}/${key}`;
  }
  allow(key: string): void {
    this.#keys.add(key);
  }
  forbid(key: string): void {
    this.#keys.delete(key);
  }

  async start(): Promise<void> {
    const configuration = join(this.#folder, "nginx.conf");
    await mkdir(join(this.#folder, "temporary"), { recursive: true });
    await writeFile(configuration, this.#configuration());
    this.#process = await startProcess({
      name: "destination",
      command: "nginx",
      args: ["-e", "stderr", "-p", this.#folder, "-c", configuration],
      env: { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin" },
      cwd: this.#folder,
      ready: async () =>
        (await fetch(`http://127.0.0.1:${this.#statPort}/stat`).catch(() => null))?.ok ?? false,
    });
  }

  /** As when its machine loses power. */
  async die(): Promise<void> {
    await this.#process?.stop("SIGKILL");
    this.#process = null;
  }

  /** Connections stay, and nothing is read from them. */
  stall(): void {
    this.#signal("SIGSTOP");
  }
  goOn(): void {
    this.#signal("SIGCONT");
  }

  /** Names of what arrives here at this moment, with the bytes so far. */
  async arriving(): Promise<Map<string, number>> {
    const response = await fetch(`http://127.0.0.1:${this.#statPort}/stat`);
    const { publishers } = parseRtmpStat(await response.text(), application);
    return new Map(publishers.map(({ name, bytesIn }) => [name, bytesIn]));
  }

  async remove(): Promise<void> {
    if (this.#process) this.goOn();
    await this.die();
    await new Promise((resolve) => this.#doorman.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#process) throw new Error("the destination does not run");
    process.kill(-this.#process.pid, signal);
  }

  #configuration(): string {
    const { port } = this.#doorman.address() as AddressInfo;
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path temporary/${kind};`)
      .join(" ");
    return `
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr error;
events { worker_connections 128; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${this.port};
    application ${application} { live on; wait_key on; on_publish http://127.0.0.1:${port}/; }
  }
}
http {
  access_log off; ${temporary}
  server { listen 127.0.0.1:${this.#statPort}; location = /stat { rtmp_stat all; } }
}
`;
  }
}
