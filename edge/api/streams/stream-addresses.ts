/** The addresses people copy: where an encoder publishes and where a player watches. */

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;

function withScheme(host: string, usual: string): string {
  return (scheme.test(host) ? host : `${usual}://${host}`).replace(/\/+$/, "");
}

/**
 * What OBS calls "Server". `rtmpHost` may carry a scheme (TLS in front) or a port of its own; the port is left
 * out where it is RTMP's own, 1935.
 */
export function ingestUrl(rtmpHost: string, rtmpPort: number): string {
  const base = withScheme(rtmpHost, "rtmp");
  const named = /:\d+$/.test(base);
  const port = named || scheme.test(rtmpHost) || rtmpPort === 1935 ? "" : `:${rtmpPort}`;
  return `${base}${port}/live`;
}

/** Without a token it serves public events only; the token is a path element that child playlists inherit. */
export function playbackUrl(hlsHost: string, playbackId: string, token?: string): string {
  const pass = token === undefined ? "" : `~${token}/`;
  return `${withScheme(hlsHost, "http")}/hls/${playbackId}/${pass}master.m3u8`;
}
