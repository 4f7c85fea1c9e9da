/**
 * Text as it is compared: in one case, without accents, without what nobody sees, compatibility forms as their plain
 * ones (UAX #15, NFKD), one space between words. Linear in the text's length.
 */
export function plainText(text: string): string {
  const letters = isAscii(text) ? text.toLowerCase() : fold(text);
  return letters.replace(/\s+/g, " ").trim();
}

function fold(text: string): string {
  return (
    text
      .normalize("NFKD")
      .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, "")
      // Twice, since ß has a sibling in capitals only; and a sigma at a word's end is no other letter.
      .toUpperCase()
      .toLowerCase()
      .replaceAll("ς", "σ")
  );
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
