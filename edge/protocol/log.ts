/** What operators read: every server writes one JSON line an event through this, and never a secret. */
export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Record<string, unknown>;
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with fields that stand on every line. */
  with(fields: LogFields): Log;
}

const secrets: [RegExp, string][] = [
  [/sk_[A-Za-z0-9_-]{8,}/g, "sk_[redacted]"],
  [/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, "[token redacted]"],
  [/tkt_[A-Za-z0-9_-]{8,}/g, "tkt_[redacted]"],
  [/(postgres(?:ql)?|rediss?|smtps?):\/\/[^\s"@/]*(?:@|:[^\s"]*@)/g, "$1://[redacted]@"],
];

/** Stream keys, JWTs, tickets and passwords in connection strings, wherever they stand in a text. */
export function redact(text: string): string {
  return secrets.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** Message, code and first stack lines of anything thrown; never query parameters. */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { message: String(error).slice(0, 500) };
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: error.message.slice(0, 500),
    ...(typeof code === "string" ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
    stack: error.stack
      ?.split("\n")
      .slice(1, 6)
      .map((line) => line.trim()),
  };
}

/** `write` gets one finished line without its newline; the default is standard output through the console. */
export function createLog(
  service: string,
  write: (line: string) => void = writeToConsole,
  fields: LogFields = {},
): Log {
  const line =
    (level: LogLevel) =>
    (event: string, more: LogFields = {}) => {
      write(
        redact(JSON.stringify({ at: new Date().toISOString(), level, service, event, ...fields, ...more })),
      );
    };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    with: (more) => createLog(service, write, { ...fields, ...more }),
  };
}

function writeToConsole(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the one place where servers write; workerd has no other way out
  console.log(line);
}
