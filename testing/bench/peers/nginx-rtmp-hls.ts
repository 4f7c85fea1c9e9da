import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";

export interface NginxRtmpHls {
  ingestUrl: string;
  /** The playlist's text, or null while nginx has not written it. */
  playlist(name: string): Promise<string | null>;
  stop(): Promise<void>;
}

/** The customary server: nginx-rtmp's own HLS, two-second fragments, one quality, nothing else. */
export async function startNginxRtmpHls(fragmentSeconds = 2): Promise<NginxRtmpHls> {
  const folder = await mkdtemp(join(tmpdir(), "nginx-rtmp-hls-"));
  const port = await freePort();
  await mkdir(join(folder, "hls"));
  await writeFile(
    join(folder, "nginx.conf"),
    `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
user root;
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
events { worker_connections 256; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    application live { live on; hls on; hls_path ${folder}/hls; hls_fragment ${fragmentSeconds}s; hls_playlist_length 20s; }
  }
}
`,
  );
  const nginx: ChildProcess = spawn("nginx", ["-p", folder, "-c", "nginx.conf"], { stdio: "ignore" });
  const closed = once(nginx, "close");
  return {
    ingestUrl: `rtmp://127.0.0.1:${port}/live`,
    playlist: (name) => readFile(join(folder, "hls", `${name}.m3u8`), "utf8").catch(() => null),
    stop: async () => {
      nginx.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
