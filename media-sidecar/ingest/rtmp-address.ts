export interface RtmpAddress {
  readonly host: string;
  readonly port: number;
  readonly app: string;
  readonly streamName: string;
}

/** `rtmp://host[:port]/app/name`; throws when it is not that. */
export function parseRtmpUrl(url: string): RtmpAddress {
  const match = /^rtmp:\/\/([^/:]+)(?::(\d+))?\/([^/]+)\/(.+)$/.exec(url);
  if (match === null) throw new Error("not an address like rtmp://host:port/app/name");
  return { host: match[1]!, port: Number(match[2] ?? 1935), app: match[3]!, streamName: match[4]! };
}

/** What the server is told in `connect`. */
export type RtmpTarget = Pick<RtmpAddress, "app"> & { readonly tcUrl: string };
