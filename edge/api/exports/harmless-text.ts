/**
 * What people write must not become a formula where a sheet is opened (OWASP, "CSV Injection"). An apostrophe in
 * front tells Excel, LibreOffice and Google Sheets that a cell is text. Pure, and linear in the text's length.
 */

/** What may stand before a formula without hiding it: blanks, marks without a width, quotes. */
const veil = String.raw`[\s\p{Cf}\p{Cc}"'\u2018-\u201f\u00ab\u00bb\uff02\uff07]`;
/** ASCII's signs and the full-width ones, which spreadsheets take for the same. */
const atStart = new RegExp(`^(?=[\\t\\r\\n]|${veil}*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\u2212])`, "u");
/**
 * Where a semicolon separates cells (as Excel has it in half of Europe) a text may be cut at one, and at its own tabs
 * and line ends; what follows is a cell of its own then. There a `-` counts where a number or a name follows: smileys
 * and lists stay as they are.
 */
const cuts = new RegExp(`;${veil}*|${veil}+`, "gu");
const afterCut = /[=+@\uff1d\uff0b\uff20]|[-\uff0d\u2212](?:\d|\p{L}{2})/uy;

/** The same text, with an apostrophe wherever a spreadsheet would begin to calculate. */
export function harmlessText(text: string): string {
  return text.replace(cuts, (cut, at: number) => behindCut(text, cut, at)).replace(atStart, "'");
}

function behindCut(text: string, cut: string, at: number): string {
  const cell = Math.max(...[";", "\t", "\r", "\n"].map((sign) => cut.lastIndexOf(sign))) + 1;
  afterCut.lastIndex = at + cut.length;
  return cell > 0 && afterCut.test(text) ? `${cut.slice(0, cell)}'${cut.slice(cell)}` : cut;
}
