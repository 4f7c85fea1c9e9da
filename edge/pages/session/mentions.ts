/** `@name` in what people write: suggesting it, putting it in, finding it again. */
export interface Mentioned {
  id: string;
  name: string;
}

/** The half-written name before the caret, and where its `@` stands; null where none is being written. */
export function mentionQuery(text: string, caret: number): { start: number; query: string } | null {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("@");
  if (start < 0 || (start > 0 && !/[\s([{"'«„“]/u.test(before[start - 1] ?? ""))) return null;
  const query = before.slice(start + 1);
  // Names have spaces; after a third word it is a sentence.
  if (query.length > 40 || /[\n@]/.test(query) || query.split(" ").length > 3) return null;
  return { start, query };
}

/** Those whose name, or a word of it, begins with the query; in the order given, which is the latest first. */
export function suggestMentions(people: readonly Mentioned[], query: string, most = 5): Mentioned[] {
  const wanted = plain(query);
  const begins = (name: string) =>
    plain(name).startsWith(wanted) || (wanted !== "" && plain(name).includes(` ${wanted}`));
  // A name that stands there in full is done.
  return people.filter(({ name }) => begins(name) && plain(name) !== wanted.trimEnd()).slice(0, most);
}

/** The text with the half-written name made whole, and where the caret goes. */
export function completeMention(
  text: string,
  caret: number,
  start: number,
  { name }: Mentioned,
): { text: string; caret: number } {
  const head = `${text.slice(0, start)}@${name} `;
  return { text: head + text.slice(caret).replace(/^ /, ""), caret: head.length };
}

/** Ids of the people whom a text names, ten at most; of two names the longer one counts. */
export function mentionedIn(text: string, people: readonly Mentioned[], most = 10): string[] {
  const found = splitMentions(text, people).flatMap(({ mention }) => (mention ? [mention.id] : []));
  return [...new Set(found)].slice(0, most);
}

/** A text in pieces: words, and names of people with their id. */
export function splitMentions(
  text: string,
  people: readonly Mentioned[],
): { text: string; mention: Mentioned | null }[] {
  const byLength = people.toSorted((a, b) => b.name.length - a.name.length);
  const pieces: { text: string; mention: Mentioned | null }[] = [];
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const mention = byLength.find(({ name }) => isNamedAt(text, at + 1, name));
    if (!mention) continue;
    if (at > from) pieces.push({ text: text.slice(from, at), mention: null });
    from = at + 1 + mention.name.length;
    pieces.push({ text: text.slice(at, from), mention });
    at = from - 1;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), mention: null });
  return pieces;
}

function isNamedAt(text: string, at: number, name: string): boolean {
  if (!text.startsWith(name, at)) return false;
  return !/[\p{L}\p{N}_]/u.test(text.slice(at + name.length, at + name.length + 1));
}

function plain(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
