import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../house/source-files.ts";
import { freePort } from "../../support/free-port.ts";

export interface NginxRtmpHls {
  ingestUrl: string;
  /** A page that plays a stream with hls.js as it comes. */
  pageUrl(name: string): string;
  /** The playlist's text, or null while nginx has not written it. */
  playlist(name: string): Promise<string | null>;
  stop(): Promise<void>;
}

/** hls.js as it comes, but for catching up, which our player does too. */
const page = `<!doctype html><video muted autoplay playsinline width="1280" height="720"></video><script src="/hls.js"></script><script>
const hls = new Hls({ enableWorker: false, lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.05, manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 5000, maxLoadTimeMs: 5000, errorRetry: { maxNumRetry: 100, retryDelayMs: 500, maxRetryDelayMs: 500, shouldRetry: () => true }, timeoutRetry: null } } });
hls.loadSource("/hls/" + location.search.slice(1) + ".m3u8");
hls.attachMedia(document.querySelector("video"));
</script>`;

/** The customary server: nginx-rtmp's own HLS, two-second fragments, one quality, nothing else. */
export async function startNginxRtmpHls(fragmentSeconds = 2): Promise<NginxRtmpHls> {
  const folder = await mkdtemp(join(tmpdir(), "nginx-rtmp-hls-"));
  const port = await freePort();
  const httpPort = await freePort();
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
http {
  access_log off;
  types { text/html html; text/javascript js; application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  server {
    listen 127.0.0.1:${httpPort};
    location /hls { root ${folder}; add_header Cache-Control no-cache; }
    location = /hls.js { alias ${repositoryRoot}/node_modules/hls.js/dist/hls.min.js; }
    location = /player.html { alias ${folder}/player.html; }
  }
}
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    application live { live on; hls on; hls_path ${folder}/hls; hls_fragment ${fragmentSeconds}s; hls_playlist_length 20s; }
  }
}
`,
  );
  await writeFile(join(folder, "player.html"), page);
  const nginx: ChildProcess = spawn("nginx", ["-p", folder, "-c", "nginx.conf"], { stdio: "ignore" });
  const closed = once(nginx, "close");
  return {
    ingestUrl: `rtmp://127.0.0.1:${port}/live`,
    pageUrl: (name) => `http://127.0.0.1:${httpPort}/player.html?${name}`,
    playlist: (name) => readFile(join(folder, "hls", `${name}.m3u8`), "utf8").catch(() => null),
    stop: async () => {
      nginx.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
