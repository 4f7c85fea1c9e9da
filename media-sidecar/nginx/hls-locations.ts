/** /hls: playlists from the sidecar behind its verdict, segments from disk, the stream key's redirect. */
import { viewerLineFormat } from "../viewers/viewer-line.ts";
import { quotedPath } from "./directive-values.ts";
import { problemLocation } from "./problem-location.ts";

export interface HlsLocations {
  sidecarPort: number;
  /** Arguments of the server's own `access_log`, which a location with another one has to repeat. */
  accessLog: string;
  mediaDirectory: string;
  origins: "*" | string[];
}

/** Seconds for which a verdict over playback id and token may outlive its reason. */
const verdictSeconds = 10;

export function hlsLocations({ mediaDirectory, origins, sidecarPort, accessLog }: HlsLocations): string {
  const cors = corsHeaders(origins);
  const crossOrigin = cors.join("\n      ");
  const preflight = `if ($request_method = OPTIONS) {
        return 204;
      }
      if ($request_method !~ ^(GET|HEAD)$) {
        return 405;
      }`;
  const recordingFile: [string, string] = [`${mediaDirectory}/recordings/`, "$playback_id/$playback_file"];
  /** A file behind the verdict: `name` is a pattern, `file` a directory and what is in it. */
  const authorisedFile = (name: string, file: [string, string], headers: string[]) =>
    `    location ~ ^/hls/(?<playback_id>pb_[A-Za-z0-9_-]+)/(?:~(?<playback_token>[A-Za-z0-9_.-]+)/)?(?<playback_file>${name})$ {
      ${preflight}
      auth_request /_/verdict;
      alias ${quotedPath(file[0]).slice(0, -1)}${file[1]}";
      access_log ${accessLog};
      ${crossOrigin}
      ${headers.join("\n      ")}
      # The URI has a token.
      error_log stderr emerg;
      error_page 401 = @hls_unauthenticated;
      error_page 403 404 405 = @hls_not_found;
      error_page 500 502 504 = @hls_unavailable;
      log_not_found off;
    }`;
  return `    # A part of the low-latency mode; one that a playlist has only promised so far is waited for at the sidecar.
    location ~ ^/hls/(?<part_file>seg_[A-Za-z0-9_-]+/v[0-9]+/[0-9]+-[0-9]+\\.m4s)$ {
      ${preflight}
      alias ${quotedPath(`${mediaDirectory}/segments/`).slice(0, -1)}$part_file";
      access_log off;
      ${crossOrigin}
      add_header Cache-Control "public, max-age=31536000, immutable";
      error_page 404 = @hinted_part;
      error_page 403 405 = @hls_not_found;
      log_not_found off;
    }
    location @hinted_part {
      proxy_pass http://sidecar/parts/$part_file;
      proxy_set_header Connection "";
      proxy_set_header Accept-Encoding "";
      access_log off;
      ${crossOrigin}
      error_page 500 502 504 = @hls_unavailable;
    }

    # Immutable files under a prefix that cannot be guessed, which stands in playlists only.
    location ~ ^/hls/(?<segment_file>seg_[A-Za-z0-9_-]+/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+\\.(?:m4s|mp4))$ {
      ${preflight}
      alias ${quotedPath(`${mediaDirectory}/segments/`).slice(0, -1)}$segment_file";
      access_log off;
      ${crossOrigin}
      add_header Cache-Control "public, max-age=31536000, immutable";
      error_page 403 404 405 = @hls_not_found;
      # A file that has left the window is not an error.
      log_not_found off;
    }

    # Token and playback id are checked by the sidecar; the playlist itself is cached without the token.
    location ~ ^/hls/(?<playback_id>pb_[A-Za-z0-9_-]+)/(?:~(?<playback_token>[A-Za-z0-9_.-]+)/)?(?<playlist>[a-z0-9]+\\.m3u8)$ {
      ${preflight}
      auth_request /_/verdict;
      auth_request_set $viewer_id $upstream_http_x_viewer_id;
      access_log ${accessLog};
      # Sent and forgotten: nobody waits for the count of viewers.
      access_log syslog:server=127.0.0.1:${sidecarPort},nohostname viewer if=$is_watched;
      proxy_pass http://sidecar/playlists/$playback_id/$playlist$is_args$args;
      proxy_cache playlists;
      proxy_cache_key $playback_id/$playlist$playlist_variant;
      # Who waits for a segment or a part waits at the sidecar, which answers all of them at once.
      proxy_cache_bypass $waits_for_media;
      proxy_no_cache $waits_for_media;
      proxy_cache_valid 200 1s;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
      # One asks the sidecar; the others of that moment get what is a second old, and none wait for a lock
      # (whose waiters look every 500 ms) but those of the very first request.
      # The playlist of before also bridges a restart of the sidecar, for as long as the verdict holds.
      proxy_cache_use_stale updating error timeout;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 3s;
      proxy_set_header Connection "";
      proxy_set_header Accept-Encoding "";
      proxy_hide_header Cache-Control;
      ${crossOrigin}
      add_header Cache-Control $playlist_caching always;
      # The URI has a token.
      error_log stderr emerg;
      error_page 401 = @hls_unauthenticated;
      error_page 403 405 = @hls_not_found;
      error_page 500 502 504 = @hls_unavailable;
    }
    # Segments of a recording are judged each: its playlists are read once, and must not be good for ever.
${authorisedFile("v[0-9]+/(?:[0-9]+|init-[0-9]+)\\.(?:m4s|mp4)", recordingFile, [
  'add_header Cache-Control "private, max-age=31536000, immutable";',
])}
    # The live picture; another one comes every few seconds.
${authorisedFile(
  "thumbnail\\.jpg",
  [`${mediaDirectory}/thumbnails/`, "$playback_id.jpg"],
  ['add_header Cache-Control "private, max-age=5";'],
)}
    # Files of a recording, in ranges as players and downloads ask for them.
${authorisedFile("[a-z0-9-]+\\.(?:mp4|jpg|vtt)", recordingFile, [
  'add_header Cache-Control "private, max-age=60";',
  "add_header Content-Disposition $recording_disposition;",
])}
    location = /_/verdict {
      internal;
      proxy_pass http://sidecar/authorise;
      proxy_method GET;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Connection "";
      proxy_set_header X-Playback-Id $playback_id;
      proxy_set_header X-Playback-Token $playback_token;
      proxy_cache verdicts;
      proxy_cache_key $playback_id~$playback_token;
      proxy_cache_valid 204 ${verdictSeconds}s;
      proxy_cache_valid 401 403 1s;
      proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
      error_log stderr emerg;
    }

    # The playback address as the brief writes it, for whoever holds the key; written to no log.
    location ~ ^/hls/(?<stream_key>sk_[A-Za-z0-9_-]+)/master\\.m3u8$ {
      ${preflight}
      access_log off;
      error_log stderr emerg;
      limit_req zone=key_redirects burst=10 nodelay;
      rewrite ^ /redirect break;
      proxy_pass http://sidecar;
      proxy_set_header Connection "";
      proxy_set_header X-Stream-Key $stream_key;
      ${crossOrigin}
      error_page 429 = @hls_too_many;
      error_page 500 502 504 = @hls_unavailable;
    }
    location /hls/ {
      access_log off;
      error_log stderr emerg;
      error_page 404 = @hls_not_found;
      return 404;
    }

${problemLocation("@hls_unauthenticated", "unauthenticated", { detail: "The playback token has expired or is wrong." }, cors)}
${problemLocation("@hls_not_found", "not-found", {}, cors)}
${problemLocation("@hls_too_many", "too-many-requests", { retryAfterSeconds: 5 }, cors)}
${problemLocation("@hls_unavailable", "unavailable", { retryAfterSeconds: 2 }, cors)}`;
}

/** Variables of the http context that the locations use. */
export function hlsMaps(origins: "*" | string[]): string {
  const allowed = origins === "*" ? "" : origins.map((origin) => `    "${origin}" "${origin}";\n`).join("");
  return `  map $http_origin $allowed_origin {
    default "${origins === "*" ? "*" : ""}";
${allowed}  }
  map $args $waits_for_media {
    default "";
    "~(^|&)_HLS_(msn|part)=" 1;
  }
  map $args $playlist_variant {
    default "";
    "~(^|&)_HLS_skip=(YES|v2)(&|$)" "+skip";
  }
  map $args $recording_disposition {
    default "";
    "~(^|&)download(=|&|$)" attachment;
  }
  log_format viewer '${viewerLineFormat}';
  # What is served stale is so because the sidecar is away: there is nobody to send a line to, and a complaint for each.
  map "$status $upstream_cache_status" $is_watched {
    default 0;
    "~^(200|304) (?!STALE)" 1;
  }
  map $status $playlist_caching {
    default no-store;
    200 "max-age=1";
    304 "max-age=1";
  }`;
}

/** An empty header value is not sent by nginx: so an origin that is not listed gets none. */
function corsHeaders(origins: "*" | string[]): string[] {
  return [
    "add_header Access-Control-Allow-Origin $allowed_origin always;",
    ...(origins === "*" ? [] : ["add_header Vary Origin always;"]),
    'add_header Access-Control-Allow-Methods "GET, HEAD, OPTIONS" always;',
    'add_header Access-Control-Allow-Headers "Range, If-None-Match, If-Modified-Since" always;',
    'add_header Access-Control-Expose-Headers "Content-Length, Content-Range, Date, Retry-After" always;',
    "add_header Access-Control-Max-Age 86400 always;",
  ];
}
