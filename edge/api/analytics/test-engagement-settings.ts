import { defaultScales, defaultWeights, parseScales, parseWeights } from "./engagement-settings.ts";

export function parsedWeights(text = defaultWeights) {
  const parsed = parseWeights(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

export function parsedScales(text = defaultScales) {
  const parsed = parseScales(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}
