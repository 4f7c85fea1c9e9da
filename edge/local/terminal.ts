import { createLog } from "../protocol/log.ts";
import { chooseLogFormat, formatOutput, type LogFormat } from "./output.ts";
import type { ChildOutput } from "./supervised-child.ts";

export interface Terminal {
  /** A child's line. */
  write(output: ChildOutput): void;
  /** A step of the start. */
  say(sentence: string): void;
  /** Something a person should read, as it is. */
  print(text: string): void;
}

function createLine(message: string): string {
  let line = "";
  createLog("start", (text) => {
    line = text;
  }).info("start", { message });
  return line;
}

/** Standard output, as text for a person or as JSON for a machine. */
export function openTerminal(wanted: string | null): Terminal {
  const format: LogFormat = chooseLogFormat(wanted ?? undefined, process.stdout.isTTY === true);
  const debug = process.env.LOG_LEVEL === "debug";
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  // Whoever read our output is gone (`npm start | head`): the programs go on, and Ctrl-C still works.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const write = (output: ChildOutput) => {
    const line = formatOutput(output, format, { color, now: new Date(), debug });
    if (line !== null) process.stdout.write(`${line}\n`);
  };
  return {
    write,
    say: (sentence) => {
      const text = format === "json" ? createLine(sentence) : sentence;
      process.stdout.write(`${text}\n`);
    },
    print: (text) => process.stdout.write(`${text}\n`),
  };
}
