import type { StreamStats } from "../../protocol/stream-health.ts";
import type { StreamSource, StreamWarning } from "../../protocol/streams.ts";
import { bitrateWords } from "../shared/amounts.ts";

/** How a stream does, in words. */
export interface HealthView {
  /** `off`: there is nothing to judge. */
  tone: "well" | "attention" | "off";
  verdict: string;
  warnings: StreamWarning[];
  facts: [label: string, value: string][];
}

/** `lastError` is why the encoder was refused, or what ended the last broadcast. Pure. */
export function healthView(stats: StreamStats, lastError: string | null = null): HealthView {
  const { status, shed } = stats;
  if (status === "idle" || status === "ended") {
    const warnings = lastError === null ? [] : [{ code: "last-error", detail: lastError }];
    return { tone: "off", verdict: "Off air", warnings, facts: [] };
  }
  const { warnings } = stats;
  const isWell = warnings.length === 0 && shed.length === 0 && status !== "reconnecting";
  return {
    tone: isWell ? "well" : "attention",
    verdict: verdictOf(stats),
    warnings,
    facts: [...sourceFacts(stats.source), ...encodingFacts(stats)],
  };
}

function verdictOf({ status, now, shed, warnings }: StreamStats): string {
  if (status === "starting") return "Starting";
  if (status === "reconnecting") return "The encoder is away";
  if (warnings.length > 1) return `${warnings.length} things to look at`;
  if (warnings.length === 1) return "1 thing to look at";
  if (shed.length > 0) return "Not in every quality";
  return now === null ? "Measuring" : "All is well";
}

function sourceFacts(source: StreamSource | null): HealthView["facts"] {
  if (source === null) return [];
  const { width, height, frameRate, bitrateKbps, keyframeIntervalSeconds } = source;
  const picture = width !== null && height !== null ? `${width} × ${height}` : null;
  const sound = soundOf(source);
  const facts: [string, string | null][] = [
    ["Picture", picture ?? "none"],
    ["Frames", frameRate === null ? null : `${decimal(frameRate)} a second`],
    ["Bitrate", bitrateKbps === null ? null : bitrateWords(bitrateKbps)],
    ["Keyframes", keyframeIntervalSeconds === null ? null : `every ${decimal(keyframeIntervalSeconds)} s`],
    ["Sound", sound ?? "none"],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

function soundOf({ audioCodec, audioSampleRateHz, audioChannels }: StreamSource): string | null {
  if (audioCodec === null) return null;
  const channels = { 1: "mono", 2: "stereo" }[audioChannels ?? 0] ?? `${audioChannels} channels`;
  const rate = audioSampleRateHz === null ? [] : [`${decimal(audioSampleRateHz / 1000)} kHz`];
  return [/^(?:mp4a\.40|aac)/i.test(audioCodec) ? "AAC" : audioCodec, ...rate, channels].join(", ");
}

function encodingFacts({ renditions, shed, now }: StreamStats): HealthView["facts"] {
  const facts: HealthView["facts"] = [];
  if (renditions.length > 0)
    facts.push([
      "Qualities",
      renditions.map(({ name, copied }) => (copied ? `${name} as sent` : name)).join(", "),
    ]);
  facts.push(...shed.map(({ name, reason }): [string, string] => [`${name} not made now`, reason]));
  if (now === null) return facts;
  if (now.encodingSpeed !== null) facts.push(["Encoding", `${decimal(now.encodingSpeed)} × real time`]);
  if (now.backlogSeconds >= 0.5) facts.push(["Waiting to be encoded", `${decimal(now.backlogSeconds)} s`]);
  if (now.droppedFrames > 0) facts.push(["Frames lost in 10 s", String(Math.round(now.droppedFrames))]);
  const drift = now.audioDriftMs ?? 0;
  if (Math.abs(drift) >= 40)
    facts.push(["Sound", `${Math.round(Math.abs(drift))} ms ${drift > 0 ? "early" : "late"}`]);
  return facts;
}

/** At most one digit behind the point. */
function decimal(number: number): string {
  return String(Math.round(number * 10) / 10);
}
