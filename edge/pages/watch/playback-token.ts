/**
 * Puts a newer token into a playlist URL. Playback tokens are a path element (`/hls/<playback id>/~<token>/…`) and
 * shorter-lived than a talk; players keep the URLs they were started with, so each request is rewritten on its way.
 * A URL without a token, such as a segment's, stays as it is.
 */
export function withToken(url: string, token: string | null): string {
  return token === null ? url : url.replace(tokenElement, `/~${token}/`);
}

/** The token in a playback URL, or null when it has none. */
export function tokenOf(url: string): string | null {
  return tokenElement.exec(url)?.[1] ?? null;
}

/** Milliseconds until a new playback URL is to be fetched: a minute early, at least 10 s from now. */
export function renewalDelayMs(expiresAt: string, now: number): number {
  const left = Date.parse(expiresAt) - now;
  if (!Number.isFinite(left)) return 300_000;
  // setTimeout takes 31 bits; a day is as good as never.
  return Math.min(86_400_000, Math.max(10_000, left - 60_000));
}

const tokenElement = /\/~([A-Za-z0-9_.-]+)\//;
