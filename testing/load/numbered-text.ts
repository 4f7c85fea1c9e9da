/** Chat texts that carry a number and when they were sent, to be found in a frame without parsing it. */

const padding = "What a fine picture tonight, and how clear the sound is from the back row of the hall";
const tilde = "~".charCodeAt(0);
const zero = "0".charCodeAt(0);
const textNeedle = Buffer.from('"text":"~');

/** About a hundred characters, as chat messages of the longer kind are. `sentAt` in whole milliseconds. */
export function numberedText(number: number, sentAt: number): string {
  return `~${number}~${sentAt}~ ${padding}`;
}

export interface NumberedText {
  number: number;
  sentAt: number;
  /** Where in the frame it was found. */
  at: number;
}

/** The first such text from `from` on, in the JSON of a message. Null when there is none. */
export function findNumberedText(frame: Buffer, from: number): NumberedText | null {
  const at = frame.indexOf(textNeedle, from);
  if (at === -1) return null;
  const numberAt = at + textNeedle.length;
  const number = readDigits(frame, numberAt);
  let end = numberAt;
  while (frame[end] !== tilde) end++;
  return { number, sentAt: readDigits(frame, end + 1), at };
}

/** The decimal number that stands at `at`. */
export function readDigits(frame: Buffer, at: number): number {
  let value = 0;
  for (let index = at; index < frame.length; index++) {
    const digit = frame[index]! - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}
