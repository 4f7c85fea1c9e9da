/** Finds words that a session does not want. Pure, and linear in the text for each word, whatever is written. */
import { plainText } from "./plain-text.ts";

/** Says whether a text, as `plainText` gives it, has one of the words. */
export type WordFilter = (plain: string) => boolean;

interface BlockedWord {
  /** The parts between the `*`. */
  parts: readonly string[];
  /** Without a `*` there, the word begins or ends where the match does. */
  beginsWord: boolean;
  endsWord: boolean;
}

/** Whole words; `*` stands for any letters and digits, also none. */
export function compileWords(words: readonly string[]): WordFilter {
  const blocked = words.flatMap((word) => compileWord(plainText(word)) ?? []);
  if (blocked.length === 0) return () => false;
  return (plain) => {
    const letters = markLetters(plain);
    return blocked.some((word) => occurs(word, plain, letters));
  };
}

function compileWord(word: string): BlockedWord | null {
  const parts = word.split("*").filter((part) => part !== "");
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    parts,
    beginsWord: !word.startsWith("*") && isLetterAt(first, 0),
    endsWord: !word.endsWith("*") && markLetters(last)[last.length - 1] === 1,
  };
}

function occurs({ parts, beginsWord, endsWord }: BlockedWord, text: string, letters: Uint8Array): boolean {
  const [first] = parts as [string];
  let from = 0;
  for (;;) {
    const start = text.indexOf(first, from);
    if (start < 0) return false;
    from = start + 1;
    if (beginsWord && letters[start - 1] === 1) continue;
    if (endOfMatch(parts, start, endsWord, text, letters)) return true;
    // What a `*` does not reach from here it does not reach from further on in the same run of letters either.
    if (parts.length > 1) from = Math.max(from, endOfRun(start + first.length, letters));
  }
}

/** Whether the parts follow each other with nothing but letters between, the first at `start`. */
function endOfMatch(
  parts: readonly string[],
  start: number,
  endsWord: boolean,
  text: string,
  letters: Uint8Array,
): boolean {
  let end = start + parts[0]!.length;
  for (let index = 1; index < parts.length; index++) {
    const part = parts[index]!;
    const reach = endOfRun(end, letters);
    const isLast = index === parts.length - 1;
    const next = text.indexOf(part, end);
    if (next < 0 || next > reach) return false;
    end = next + part.length;
    // The last part may have to be looked for at the end of the run instead of at its first place.
    if (isLast && endsWord && letters[end] === 1) {
      const atEnd = endOfRun(end, letters) - part.length;
      if (atEnd >= next && text.startsWith(part, atEnd)) end = atEnd + part.length;
    }
  }
  return !(endsWord && letters[end] === 1);
}

function endOfRun(from: number, letters: Uint8Array): number {
  let end = from;
  while (letters[end] === 1) end++;
  return end;
}

const letterPattern = /[\p{L}\p{N}_]/u;

function isLetterAt(text: string, index: number): boolean {
  return letterPattern.test(String.fromCodePoint(text.codePointAt(index)!));
}

/** 1 for each UTF-16 unit of a letter or digit. */
function markLetters(text: string): Uint8Array {
  const marks = new Uint8Array(text.length);
  for (let index = 0; index < text.length; ) {
    const code = text.codePointAt(index)!;
    const size = code > 0xffff ? 2 : 1;
    const isLetter = code < 0x80 ? isAsciiLetter(code) : letterPattern.test(String.fromCodePoint(code));
    if (isLetter) marks.fill(1, index, index + size);
    index += size;
  }
  return marks;
}

function isAsciiLetter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x5f
  );
}

/** Compiled filters of the sessions that wrote last; a session's version grows with its words. */
const kept = new Map<string, WordFilter>();
const mostKept = 200;

/** As `compileWords`, once a session and version. */
export function wordFilterOf(session: {
  id: string;
  version: number;
  blockedWords: readonly string[];
}): WordFilter {
  if (session.blockedWords.length === 0) return () => false;
  const key = `${session.id} ${session.version}`;
  const known = kept.get(key);
  if (known) return known;
  const filter = compileWords(session.blockedWords);
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value!);
  kept.set(key, filter);
  return filter;
}
