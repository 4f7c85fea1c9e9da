/**
 * Organisers choose any colour; what is written on it is ours to choose. Of black and white one always reads with at
 * least 4.58:1, so no colour has to be refused (WCAG 2.2 §1.4.3 asks for 4.5:1).
 */

/** Black or white, whichever contrasts more with `color` (`#rrggbb`); null for no colour. */
export function readableTextColor(color: string | null): "#000000" | "#ffffff" | null {
  if (color === null) return null;
  return contrastRatio(color, "#ffffff") >= contrastRatio(color, "#000000") ? "#ffffff" : "#000000";
}

/** From 1 (the same) to 21 (black on white); WCAG 2.2, "contrast ratio". */
export function contrastRatio(one: string, other: string): number {
  const [lighter, darker] = [relativeLuminance(one), relativeLuminance(other)].sort((a, b) => b - a);
  return (lighter! + 0.05) / (darker! + 0.05);
}

/** WCAG 2.2, "relative luminance", of an sRGB colour `#rrggbb`. */
function relativeLuminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
