/** What nginx writes to the sidecar for each playlist that it hands out. */
import { createHash, randomBytes } from "node:crypto";

export interface PlaylistFetch {
  playbackId: string;
  /** The token's; else a mark of the address, for players that fetch a public stream without a token. */
  viewerId: string;
}

/** nginx's `log_format` of the line, `<playback id>,<viewer id or nothing>,<address>`; see `readViewerLine`. */
export const viewerLineFormat = "$playback_id,$viewer_id,$remote_addr";

const line = /: (pb_[A-Za-z0-9_-]{1,60}),((?:usr|vwr)_[A-Za-z0-9_-]{1,60})?,([0-9a-fA-F.:]{1,45})$/;
/** For no longer than this can an address be found again by its mark, and then by this process alone. */
export const saltKeptMs = 24 * 3_600_000;
let salt: Buffer | null = null;

/** Reads a syslog message (RFC 3164: `<190>Nov 22 14:11:38 tag: text`); null when it is not one of ours. */
export function readViewerLine(message: string): PlaylistFetch | null {
  const [, playbackId, viewerId, address] = line.exec(message.trimEnd()) ?? [];
  if (playbackId === undefined || address === undefined) return null;
  return { playbackId, viewerId: viewerId ?? markOf(address) };
}

function markOf(address: string): string {
  salt ??= newSalt();
  return `adr_${createHash("sha256").update(salt).update(address).digest("base64url").slice(0, 22)}`;
}

/** Forgotten after a day, whether or not anyone watches then. */
function newSalt(): Buffer {
  setTimeout(() => {
    salt = null;
  }, saltKeptMs).unref();
  return randomBytes(16);
}
