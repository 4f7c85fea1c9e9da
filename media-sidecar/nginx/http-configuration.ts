/** The nginx that viewers meet: HLS from disk and from the sidecar's memory, the API and pages, /ws. */
import { mainDirectives, type NginxInstance, temporaryPaths } from "./base-configuration.ts";
import { quotedPath, type Upstream } from "./directive-values.ts";
import { hlsLocations, hlsMaps } from "./hls-locations.ts";
import { problemLocation } from "./problem-location.ts";

export interface HttpNginx extends NginxInstance {
  httpPort: number;
  /** 127.0.0.1: the sidecar. */
  sidecarPort: number;
  mediaDirectory: string;
  apiUpstreams: readonly [Upstream, ...Upstream[]];
  /** In the order of ROOMS_URL. */
  roomsUpstreams: readonly [Upstream, ...Upstream[]];
  /** Name servers for upstreams that are names. */
  nameservers: string[];
  origins: "*" | string[];
  trustedProxies: string[];
}

export function httpConfiguration(nginx: HttpNginx): string {
  return `${mainDirectives(nginx)}
worker_processes auto;
worker_rlimit_nofile 16384;

events {
  worker_connections 8192;
}

http {
  ${temporaryPaths(nginx)}
  types {
    video/iso.segment m4s;
    video/mp4 mp4;
    image/jpeg jpg;
    text/vtt vtt;
    application/vnd.apple.mpegurl m3u8;
  }
  default_type application/octet-stream;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65s;
  large_client_header_buffers 4 16k;
  # The API has the last word, with a problem of its own, on bodies that are too large for an operation.
  client_max_body_size 16m;

  gzip on;
  gzip_proxied any;
  gzip_vary on;
  gzip_min_length 512;
  gzip_types application/vnd.apple.mpegurl application/json application/problem+json text/css text/javascript image/svg+xml;

${accessLog(nginx)}
${whoIsAsking(nginx)}
${hlsMaps(nginx.origins)}

  map $http_upgrade $connection_header {
    default upgrade;
    "" "";
  }

  proxy_cache_path ${quotedPath(`${nginx.prefix}/cache/playlists`)} keys_zone=playlists:2m max_size=64m inactive=1m use_temp_path=off;
  proxy_cache_path ${quotedPath(`${nginx.prefix}/cache/verdicts`)} keys_zone=verdicts:8m max_size=64m inactive=1m use_temp_path=off;
  limit_req_zone $binary_remote_addr zone=key_redirects:1m rate=1r/s;
  limit_req_status 429;
  # At the default level, error, a refused request is logged with its URI.
  limit_req_log_level info;

  upstream sidecar {
    server 127.0.0.1:${nginx.sidecarPort} max_fails=0;
    # Those who wait for the same part are answered at once, and ask for the next one at once.
    keepalive 128;
  }
${apiUpstream(nginx.apiUpstreams)}
${roomsUpstream(nginx.roomsUpstreams)}

  server {
    listen ${nginx.httpPort} backlog=1024;
    ${nginx.ipv6 ? `listen [::]:${nginx.httpPort} backlog=1024;` : ""}
    ${nginx.nameservers.length > 0 ? `resolver ${nginx.nameservers.join(" ")} valid=5s;` : ""}

    proxy_http_version 1.1;
    proxy_connect_timeout 3s;
    error_page 413 = @too_large;
    error_page 400 = @malformed;

${hlsLocations({ ...nginx, accessLog: accessLogArguments(nginx) })}

    # One address and no other path of the rooms is reachable: their internal surface shares the port.
    location = /ws {
      ${nginx.roomsUpstreams.length > 1 ? "proxy_pass http://$rooms_process;" : passTo("rooms", nginx.roomsUpstreams[0])}
      ${originHeaders}
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      # Clients ping every 25 s and the rooms close the silent ones after 60; this only clears the dead.
      proxy_read_timeout 180s;
      proxy_send_timeout 60s;
      proxy_buffering off;
      # The URI has a token.
      error_log stderr emerg;
      error_page 502 504 = @unavailable;
    }

    # The API answers these on ports of their own; asked here, they do not exist.
    location ~ ^/(internal|metrics|parties|party|_)(/|$) {
      return 404;
    }
    error_page 404 405 = @not_found;

    # Fifty thousand people in one file. It is on disk here before the API sees it, and the answer's lines pass at once.
    location = /api/users/import {
      ${passTo("api", nginx.apiUpstreams[0])}
      ${originHeaders}
      proxy_set_header Connection "";
      client_max_body_size 64m;
      proxy_buffering off;
      proxy_read_timeout 300s;
      error_page 502 504 = @unavailable;
      error_page 413 = @too_large;
    }

    location / {
      ${passTo("api", nginx.apiUpstreams[0])}
      ${originHeaders}
      proxy_set_header Connection "";
      proxy_read_timeout 60s;
      error_page 502 504 = @unavailable;
      error_page 413 = @too_large;
    }

${problemLocation("@unavailable", "unavailable", { retryAfterSeconds: 2 })}
${problemLocation("@not_found", "not-found")}
${problemLocation("@too_large", "too-large")}
${problemLocation("@malformed", "malformed")}
  }
}
`;
}

/** nginx inherits none of these into a location that sets one of its own, so each location has them all. */
const originHeaders = `proxy_set_header Host $http_host;
      # What a client claims is replaced, not extended: upstreams may believe these.
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-Proto $outer_scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Request-Id $request_id;`;

/** Only what failed or was not media: an audience of a thousand asks for 500 playlists a second. */
function accessLog(nginx: HttpNginx): string {
  return `  # Stream keys and tokens stand in paths; arguments (tickets of /ws) are never written.
  map $uri $logged_path {
    ~sk_ "[stream key]";
    "~^(?<before_token>/hls/[^/]+/)~[^/]+(?<after_token>.*)$" "$before_token~[token]$after_token";
    ~eyJ "[token]";
    default $uri;
  }
  map "$status $uri" $is_logged {
    "~^(200|204|206|304) /hls/" 0;
    default 1;
  }
  log_format json_line escape=json '{"at":"$time_iso8601","level":"info","service":"nginx-http","event":"request","requestId":"$request_id","method":"$request_method","path":"$logged_path","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"address":"$remote_addr","upstreamSeconds":"$upstream_response_time"}';
  access_log ${accessLogArguments(nginx)};`;
}

function accessLogArguments({ prefix }: HttpNginx): string {
  return `${quotedPath(`${prefix}/access.log`)} json_line if=$is_logged`;
}

/** X-Forwarded-For and -Proto are believed from TRUSTED_PROXIES only; $remote_addr is the viewer from then on. */
function whoIsAsking({ trustedProxies }: HttpNginx): string {
  const networks = trustedProxies.map((network) => `    ${network} 1;\n`).join("");
  return `  geo $realip_remote_addr $from_trusted_proxy {
    default 0;
${networks}  }
  map "$from_trusted_proxy $http_x_forwarded_proto" $outer_scheme {
    "1 https" https;
    "1 http" http;
    default $scheme;
  }
${trustedProxies.map((network) => `  set_real_ip_from ${network};\n`).join("")}  real_ip_header X-Forwarded-For;
  real_ip_recursive on;`;
}

/**
 * A caller always meets the same process: each has a one-second memory of reads, and who writes must not be shown what
 * another process still remembers. Strangers go anywhere.
 */
function apiUpstream(upstreams: readonly Upstream[]): string {
  if (upstreams.length === 1) return fixedUpstream("api", upstreams);
  return `  map "$http_authorization$cookie_rostrum_session" $api_caller {
    "" $request_id;
    default "$http_authorization $cookie_rostrum_session";
  }
${fixedUpstream("api", upstreams, "hash $api_caller;")}`;
}

/**
 * A ticket has the number of the process in which its gateway is. A JWT goes anywhere: the rooms pass its socket on to
 * the right process themselves.
 */
function roomsUpstream(upstreams: readonly Upstream[]): string {
  if (upstreams.length === 1) return fixedUpstream("rooms", upstreams);
  const processes = upstreams.map((upstream, index) => fixedUpstream(`rooms_${index}`, [upstream]));
  const tickets = upstreams.map((_, index) => `    ~^tkt_${index}_ rooms_${index};`);
  return `${processes.join("\n")}
${fixedUpstream("rooms_any", upstreams)}
  map $arg_token $rooms_process {
    default rooms_any;
${tickets.join("\n")}
  }`;
}

function fixedUpstream(name: string, upstreams: readonly Upstream[], balancing = ""): string {
  if (upstreams.some(({ needsResolver }) => needsResolver)) return "";
  // max_fails=0: a restart of a peer must not be followed by ten seconds of nobody asking.
  const servers = upstreams.map(({ host, port }) => `    server ${host}:${port} max_fails=0;`);
  return `  upstream ${name} {
    ${balancing}
${servers.join("\n")}
    keepalive 64;
    # workerd ends a connection that idles for 5 s. A POST that meets this end is answered 502 and never sent again.
    keepalive_timeout 4s;
  }`;
}

/** A name is put in a variable, so that it is resolved while running, and not only at nginx's start. */
function passTo(name: string, upstream: Upstream): string {
  if (!upstream.needsResolver) return `proxy_pass http://${name};`;
  return `set $${name}_upstream "${upstream.host}:${upstream.port}";
      proxy_pass http://$${name}_upstream;`;
}
