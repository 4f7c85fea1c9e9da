/** The nginx that takes what encoders send. One worker: nginx-rtmp's streams, stat and control live in a worker. */
import { mainDirectives, type NginxInstance, temporaryPaths } from "./base-configuration.ts";
import { quotedPath } from "./directive-values.ts";

export interface RtmpNginx extends NginxInstance {
  modulePath: string;
  rtmpPort: number;
  /** 127.0.0.1: stat and control. */
  controlPort: number;
  /** 127.0.0.1: the sidecar. */
  sidecarPort: number;
}

/** Name of the one application; the path of the ingest URL. */
export const rtmpApplication = "live";

export function rtmpConfiguration(nginx: RtmpNginx): string {
  return `load_module ${quotedPath(nginx.modulePath)};
${mainDirectives(nginx)}
worker_processes 1;

events {
  worker_connections 2048;
}

rtmp {
  # Writes PUBLISH lines with the stream key even where the http access log is off.
  access_log off;

  server {
    listen ${nginx.rtmpPort};
    ${nginx.ipv6 ? `listen [::]:${nginx.rtmpPort} ipv6only=on;` : ""}

    # Towards the sidecar; a larger chunk is less to parse, encoders choose their own.
    chunk_size 16384;
    # One message is one picture: a keyframe of a busy 1080p source passes the default of 1 MB.
    max_message 16M;
    # Messages kept for a player that does not read. The default of 256 is three seconds of a paused sidecar,
    # and what falls out is lost to viewers and recordings.
    out_queue 4096;
    out_cork 8;

    timeout 30s;
    ping 15s;
    ping_timeout 10s;
    # The gate answers within 3 s or denies; a dead sidecar refuses the connection at once, and so the publisher.
    netcall_timeout 6s;

    application ${rtmpApplication} {
      live on;
      record off;
      # The encoder's own words; nginx's version of them cuts 29.97 frames a second to 29.
      meta copy;
      wait_key on;
      # The sidecar attaches before the publisher is let in, and waits there.
      idle_streams on;
      # A laptop that fell asleep must not hold its stream until TCP notices.
      drop_idle_publisher 10s;

      allow publish all;
      allow play 127.0.0.1;
      deny play all;

      # Two hundreds let in, 302 renames the stream from its key to its playback id, all else cuts.
      on_publish http://127.0.0.1:${nginx.sidecarPort}/rtmp/publish;
      on_publish_done http://127.0.0.1:${nginx.sidecarPort}/rtmp/publish-done;
      notify_method post;
    }
  }
}

http {
  ${temporaryPaths(nginx)}
  access_log off;
  server_tokens off;

  server {
    listen 127.0.0.1:${nginx.controlPort};

    location = /stat {
      rtmp_stat all;
    }
    location /control/ {
      rtmp_control drop;
    }
    location / {
      return 404;
    }
  }
}
`;
}
