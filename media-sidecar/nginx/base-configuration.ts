import { quotedPath } from "./directive-values.ts";

export interface NginxInstance {
  /** Absolute; everything this instance writes stays below it. */
  prefix: string;
  /** Whom workers run as; only a master that is root may say so, null otherwise. */
  workerUser: string | null;
  /** Whether this machine has IPv6. */
  ipv6: boolean;
}

/** Directives of the main context that both instances share. */
export function mainDirectives({ prefix, workerUser }: NginxInstance): string {
  return `
${workerUser === null ? "" : `user ${workerUser};`}
daemon off;
pid ${quotedPath(`${prefix}/nginx.pid`)};
lock_file ${quotedPath(`${prefix}/nginx.lock`)};
# Level error: nginx-rtmp prints stream names, and so keys, from info on; nginx-http prints request lines with an
# error, so its locations whose URIs carry secrets are stricter still.
error_log stderr error;
`.trim();
}

/** Compiled-in temporary paths belong to root; these belong to whoever starts. */
export function temporaryPaths({ prefix }: NginxInstance): string {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${quotedPath(`${prefix}/temporary/${kind}`)};`)
    .join("\n  ");
}
