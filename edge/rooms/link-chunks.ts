/** workerd ends a socket that is sent more than a mebibyte at once; a UTF-16 unit is at most three bytes. */
const mostUnits = 256 * 1024;

/** Runs of serialised items that fit into one message between rooms each; at least one run, which may be empty. */
export function linkChunks(texts: readonly string[]): string[][] {
  const chunks: string[][] = [[]];
  let size = 0;
  for (const text of texts) {
    if (size > 0 && size + text.length > mostUnits) {
      chunks.push([]);
      size = 0;
    }
    chunks[chunks.length - 1]!.push(text);
    size += text.length + 1;
  }
  return chunks;
}
