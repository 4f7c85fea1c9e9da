/** The addresses people copy: where an encoder publishes and where a player watches. */

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;

function withScheme(host: string, usual: string): string {
  return (scheme.test(host) ? host : `${usual}://${host}`).replace(/\/+$/, "");
}

/**
 * What OBS calls "Server". `rtmpHost` may carry a scheme (TLS in front) or a port of its own, which then stand as
 * given; else the port is always written, for those who copy it into an encoder's form.
 */
export function ingestUrl(rtmpHost: string, rtmpPort: number): string {
  const base = withScheme(rtmpHost, "rtmp");
  const named = /:\d+$/.test(base);
  const port = named || scheme.test(rtmpHost) ? "" : `:${rtmpPort}`;
  return `${base}${port}/live`;
}

/** Without a token it serves public events only; the token is a path element that child playlists inherit. */
export function playbackUrl(hlsHost: string, playbackId: string, token?: string): string {
  return recordingFileUrl(hlsHost, playbackId, token, "master.m3u8");
}

/** A file beside a recording's playlists, such as `recording.mp4`. */
export function recordingFileUrl(
  hlsHost: string,
  playbackId: string,
  token: string | undefined,
  file: string,
): string {
  const pass = token === undefined ? "" : `~${token}/`;
  return `${withScheme(hlsHost, "http")}/hls/${playbackId}/${pass}${file}`;
}
