import type { StreamStats } from "../../edge/protocol/stream-health.ts";
import type { Stream, StreamCreated } from "../../edge/protocol/streams.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { fullHd, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { table } from "./table.ts";

const count = 4;
const seconds = 90;
const lookSeconds = 5;
/** A standard playlist ends up to two segments behind its source, which are cut and told of in whole. */
const usualLagSeconds = 8;
/** Beyond this the machine does not keep up, though players may not feel it yet. */
const mostBacklogSeconds = 5;
/** A backlog goes up and down; one that is still there at another look is none of that. */
const mostSilentBacklogs = 1;
/** Of the warnings those that tell of it; these sources always have one of their keyframes. */
const wordsOfDelay = new Set([
  ...["machine-too-slow", "machine-full", "machine-overloaded"],
  ...["falls-behind", "arrives-late", "frames-dropped"],
]);

/** What was seen of one stream. */
interface Seen {
  readonly title: string;
  stream: Stream;
  stats: StreamStats;
  slowest: number | null;
  longestBacklog: number;
  longestLag: number;
  /** Looks at which its playlist was longer behind than it should be, and no word about it. */
  silent: number;
  /** The same of its encoders. */
  silentBacklogs: number;
}

/**
 * Four 1080p30 streams whose keyframes come every 8 s, so that nothing of them can be copied, published to this machine
 * one after the other. Prints what was admitted of each, what was left out and why, and how far behind each was.
 * Throws where a stream was behind without a warning, or ended without a reason.
 */
export async function measureFourStreams(): Promise<void> {
  const file = await testMedia({ ...fullHd, keyframeInterval: 8, duration: 24 });
  const rostrum = await startRostrum({ environment: { ENCODER: "", ENCODING_CAPACITY: "" } });
  const publishers: Publisher[] = [];
  try {
    const seen: Seen[] = [];
    for (let number = 1; number <= count; number++) {
      const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 0 });
      publishers.push(publish(file, `${rostrum.ingestUrl}/${streamKey}`));
      await waitFor(
        "it was let in or sent away",
        async () => isSettled(await rostrum.admin.stream(stream.id)),
        {
          timeoutSeconds: 60,
        },
      );
      seen.push(await begin(rostrum, `${number}`, stream));
    }
    for (let looks = 0; looks < seconds / lookSeconds; looks++) {
      await new Promise((resolve) => setTimeout(resolve, lookSeconds * 1000));
      for (const each of seen) await look(rostrum, each);
    }
    report(rostrum, seen);
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.kill()));
    await rostrum.remove();
  }
}

const isSettled = ({ status, lastError }: Stream) => status === "live" || (lastError ?? null) !== null;

async function begin(rostrum: Rostrum, title: string, { id }: StreamCreated["stream"]): Promise<Seen> {
  const [stream, stats] = [await rostrum.admin.stream(id), await statsOf(rostrum, id)];
  return {
    title,
    stream,
    stats,
    slowest: null,
    longestBacklog: 0,
    longestLag: 0,
    silent: 0,
    silentBacklogs: 0,
  };
}

const statsOf = (rostrum: Rostrum, id: string) =>
  rostrum.admin.call<StreamStats>("GET", `/api/streams/${id}/stats`);

async function look(rostrum: Rostrum, seen: Seen): Promise<void> {
  const { id } = seen.stream;
  [seen.stream, seen.stats] = [await rostrum.admin.stream(id), await statsOf(rostrum, id)];
  if (seen.stream.status !== "live") return;
  const { now, shed, warnings } = seen.stats;
  if (now?.encodingSpeed != null)
    seen.slowest = Math.min(seen.slowest ?? now.encodingSpeed, now.encodingSpeed);
  const backlogSeconds = now?.backlogSeconds ?? 0;
  seen.longestBacklog = Math.max(seen.longestBacklog, backlogSeconds);
  const lag = await lagOf(rostrum, seen.stream.playbackUrl);
  seen.longestLag = Math.max(seen.longestLag, lag);
  if (shed.length > 0 || warnings.some(({ code }) => wordsOfDelay.has(code))) return;
  if (lag > usualLagSeconds) seen.silent++;
  if (backlogSeconds > mostBacklogSeconds) seen.silentBacklogs++;
}

/** How far the end of the top playlist is behind the present, by its own dates: what viewers have to do with. */
async function lagOf(rostrum: Rostrum, playbackUrl: string): Promise<number> {
  const path = new URL(playbackUrl, rostrum.url).pathname.replace("master.m3u8", "v0.m3u8");
  const text = await (await fetch(`${rostrum.url}${path}`)).text();
  let endsAt = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) endsAt = Date.parse(line.slice(25));
    // The date stands before the duration of its segment, or is carried on from segment to segment.
    else if (line.startsWith("#EXTINF:")) endsAt += Number.parseFloat(line.slice(8)) * 1000;
  }
  return endsAt === 0 ? 0 : (Date.now() - endsAt) / 1000;
}

function report(rostrum: Rostrum, seen: readonly Seen[]): void {
  const measured =
    rostrum
      .output()
      .split("\n")
      .find((line) => line.includes("encoder.measured")) ?? "";
  const changes = rostrum
    .output()
    .split("\n")
    .filter((line) => line.includes("ladder.changed")).length;
  const number = (value: number | null) => (value === null ? "-" : value.toFixed(1));
  process.stdout.write(
    `\nFour 1080p30 streams with keyframes every 8 s, ${seconds} s; ladders changed ${changes} times\n${measured}\n${table(
      [
        ["stream", "state", "made", "left out", "slowest", "backlog s", "playlist behind s"],
        ...seen.map(({ title, stream, stats, slowest, longestBacklog, longestLag }) => [
          title,
          stream.status,
          stats.renditions.map(({ name }) => name).join(" ") || "-",
          stats.shed.map(({ name }) => name).join(" ") || "-",
          number(slowest),
          number(longestBacklog),
          number(longestLag),
        ]),
      ],
    )}\n`,
  );
  for (const { title, stream, stats } of seen) {
    const reasons = new Set(stats.shed.map(({ reason }) => reason));
    const said = [...reasons, ...stats.warnings.map(({ code, detail }) => `${code}: ${detail}`)];
    process.stdout.write(`${title}: ${[stream.lastError, ...said].filter(Boolean).join(" | ")}\n`);
  }
  const wrong = seen.flatMap(({ title, stream, silent, silentBacklogs }) => [
    ...(silent > 0 ? [`stream ${title} was behind ${silent} times without a word`] : []),
    ...(silentBacklogs > mostSilentBacklogs
      ? [`stream ${title} had too much to encode ${silentBacklogs} times without a word`]
      : []),
    ...(stream.status === "live" || stream.lastError ? [] : [`stream ${title} ended without a reason`]),
  ]);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}
