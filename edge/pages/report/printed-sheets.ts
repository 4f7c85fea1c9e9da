let sheet: CSSStyleSheet | null = null;
let named = "";

/** Writes the title on the head of every printed sheet, where the browser knows margin boxes (CSS Paged Media, 4). */
export function nameSheets(title: string): void {
  if (title === named) return;
  named = title;
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
  }
  sheet.replaceSync(`@page { @top-left { content: ${cssString(title)}; } }`);
}

/** As CSSOM serialises a string: no character of a title ends it. */
function cssString(text: string): string {
  const escaped = [...text].map((character) =>
    /["\\]|\p{Cc}/u.test(character) ? `\\${character.codePointAt(0)!.toString(16)} ` : character,
  );
  return `"${escaped.join("")}"`;
}
