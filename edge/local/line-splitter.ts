/** Cuts a stream of text into lines; a line longer than `longest` characters is cut, so memory stays bounded. */
export function createLineSplitter(onLine: (line: string) => void, longest = 16_384) {
  let rest = "";
  const emit = (line: string) => {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") onLine(text.length > longest ? `${text.slice(0, longest)} …` : text);
  };
  return {
    push(chunk: string): void {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) emit(line);
      if (rest.length > longest) {
        emit(rest);
        rest = "";
      }
    },
    end(): void {
      emit(rest);
      rest = "";
    },
  };
}
