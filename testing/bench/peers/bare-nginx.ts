import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface BareNginx {
  origin: string;
  stop(): Promise<void>;
}

/** nginx with a folder and nothing else: the file is served as `/file.m4s`, by as many workers as there are cores. */
export async function startBareNginx(file: string): Promise<BareNginx> {
  const folder = await mkdtemp(join(tmpdir(), "bare-nginx-"));
  const port = await freePort();
  await copyFile(file, join(folder, "file.m4s"));
  await writeFile(
    join(folder, "nginx.conf"),
    `user root; daemon off; worker_processes auto; pid ${folder}/nginx.pid; error_log ${folder}/error.log error;
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  server { listen 127.0.0.1:${port}; root ${folder}; } }
`,
  );
  const nginx: ChildProcess = spawn("nginx", ["-p", folder, "-c", "nginx.conf"], { stdio: "ignore" });
  const closed = once(nginx, "close");
  const origin = `http://127.0.0.1:${port}`;
  await waitFor("bare nginx answers", async () => (await fetch(`${origin}/file.m4s`)).ok);
  return {
    origin,
    stop: async () => {
      nginx.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
