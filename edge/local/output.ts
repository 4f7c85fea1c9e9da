import { redact } from "../protocol/log.ts";
import type { ChildOutput } from "./supervised-child.ts";

export type LogFormat = "text" | "json";

/** A person at a terminal reads text; anything else (a file, journald, Docker) gets one JSON object a line. */
export function chooseLogFormat(wanted: string | undefined, isTerminal: boolean): LogFormat {
  if (wanted === "json" || wanted === "text") return wanted;
  return isTerminal ? "text" : "json";
}

/** One line for the operator, without newline; null for what a person need not see. */
export function formatOutput(
  output: ChildOutput,
  format: LogFormat,
  options: { color: boolean; now: Date; debug?: boolean },
): string | null {
  return format === "json" ? asJson(output, options) : asText(output, options);
}

/**
 * Our servers' lines are JSON already and pass through as they are, those of level debug only on request; others
 * (nginx, PostgreSQL) are wrapped.
 */
function asJson({ process, source, text }: ChildOutput, { now, debug }: { now: Date; debug?: boolean }) {
  const line = source === "supervisor" ? null : parseLine(text);
  if (line !== null) return line.level === "debug" && !debug ? null : text;
  const event = source === "supervisor" ? "process" : "output";
  const level = source === "supervisor" ? "warn" : "info";
  return JSON.stringify({
    at: now.toISOString(),
    level,
    service: source === "supervisor" ? "supervisor" : process,
    event,
    ...(source === "supervisor" ? { process } : {}),
    message: redact(text),
  });
}

const colors = { debug: 90, info: 0, warn: 33, error: 31 } as const;
const nameColors = [36, 35, 34, 32, 96, 95, 94, 92];

function asText({ process, source, text }: ChildOutput, { color, now }: { color: boolean; now: Date }) {
  const line = source === "supervisor" ? null : parseLine(text);
  const level = source === "supervisor" ? "warn" : (line?.level ?? "info");
  if (level === "debug" || (line !== null && isRoutine(line))) return null;
  if (source !== "supervisor" && line === null && chatter[process]?.test(text)) return null;
  const words = line === null ? redact(text) : describe(line);
  const paint = (code: number, value: string) =>
    color && code > 0 ? `\u001b[${code}m${value}\u001b[0m` : value;
  const time = now.toTimeString().slice(0, 8);
  return `${paint(90, time)} ${paint(nameColor(process), process.padEnd(12))} ${paint(colors[level], words)}`;
}

/** What PostgreSQL and Redis say whenever they start and stop; in JSON all of it is kept. */
const chatter: Record<string, RegExp> = {
  postgres: /^LOG: |the database system is (starting up|shutting down)/,
  redis:
    /# (oO0Oo|Redis version|Configuration loaded|Server initialized|WARNING Memory overcommit|User requested|Redis is now)|:signal-handler /,
};

interface LogLine {
  level: keyof typeof colors;
  event: string;
  fields: Record<string, unknown>;
}

/** A line as edge/protocol/log.ts writes them, or null. */
function parseLine(text: string): LogLine | null {
  if (!text.startsWith("{")) return null;
  try {
    const {
      level,
      event,
      at: _at,
      service: _service,
      ...fields
    } = JSON.parse(text) as Record<string, unknown>;
    if (typeof event !== "string" || typeof level !== "string" || !Object.hasOwn(colors, level)) return null;
    return { level: level as LogLine["level"], event, fields };
  } catch {
    return null;
  }
}

/** Successful requests that the programs make of each other would drown everything else at a terminal. */
function isRoutine({ level, event, fields }: LogLine): boolean {
  if (level !== "info" || event !== "request") return false;
  const status = Number(fields.status ?? 0);
  const path = String(fields.path ?? "");
  return status < 400 && (path.startsWith("/internal/") || path === "/api/health");
}

function describe({ event, fields }: LogLine): string {
  const pairs = Object.entries(fields)
    .filter(([key, value]) => value !== null && value !== undefined && key !== "requestId")
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const words = [event, ...pairs].join(" ");
  return words.length > 400 ? `${words.slice(0, 400)} …` : words;
}

/** The same process has the same colour in every run. */
function nameColor(name: string): number {
  let sum = 0;
  for (const character of name) sum += character.charCodeAt(0);
  return nameColors[sum % nameColors.length]!;
}
