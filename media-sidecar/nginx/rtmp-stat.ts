/** What nginx-rtmp says it is doing. */
import { XMLParser } from "fast-xml-parser";
import * as v from "valibot";

export interface RtmpPublisher {
  /** The stream's name: a playback id, for every publisher was renamed. */
  name: string;
  /** nginx's number of the connection; begins anew with each nginx. */
  clientId: string;
  bytesIn: number;
  /** Messages that those who play the stream here did not read in time, so that nginx threw them away. */
  unread: number;
}
export interface RtmpStat {
  /** Process id of the worker; another one means that all connections of before are gone. */
  pid: string;
  publishers: RtmpPublisher[];
}

const always = new Set(["application", "stream", "client"]);
const parser = new XMLParser({
  // Names are ids: `007` must not become 7.
  parseTagValue: false,
  isArray: (name) => always.has(name),
});

const Client = v.object({
  id: v.string(),
  publishing: v.optional(v.string()),
  dropped: v.optional(v.string(), "0"),
});
const Stream = v.object({
  name: v.optional(v.string(), ""),
  bytes_in: v.optional(v.string(), "0"),
  client: v.optional(v.array(Client), []),
});
const Live = v.union([
  v.object({ stream: v.optional(v.array(Stream), []) }),
  // An application nobody uses is an empty element.
  v.pipe(
    v.string(),
    v.transform(() => ({ stream: [] })),
  ),
]);
const Stat = v.object({
  rtmp: v.object({
    pid: v.string(),
    server: v.object({ application: v.array(v.object({ name: v.string(), live: v.optional(Live) })) }),
  }),
});

/** Throws when `xml` is not a stat page of nginx-rtmp. */
export function parseRtmpStat(xml: string, application: string): RtmpStat {
  const { rtmp } = v.parse(Stat, parser.parse(xml));
  const streams = rtmp.server.application
    .filter(({ name }) => name === application)
    .flatMap(({ live }) => live?.stream ?? []);
  return {
    pid: rtmp.pid,
    publishers: streams.flatMap(({ name, bytes_in, client }) => {
      const players = client.filter(({ publishing }) => publishing === undefined);
      const unread = players.reduce((sum, { dropped }) => sum + Number(dropped), 0);
      return client
        .filter(({ publishing }) => publishing !== undefined)
        .map(({ id }) => ({ name, clientId: id, bytesIn: Number(bytes_in), unread }));
    }),
  };
}
