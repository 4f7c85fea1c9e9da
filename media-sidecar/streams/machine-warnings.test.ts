import { expect, it } from "vitest";
import { machineWarnings } from "./machine-warnings.ts";

it.each([
  // [rewind asked for, recorded, limit, paused, codes]
  [120, true, 86_400, false, []],
  [120, true, 45.4, false, ["rewind-shortened"]],
  [120, true, 120, true, ["recording-stopped"]],
  [120, false, 120, true, []],
  [120, true, 30, true, ["rewind-shortened", "recording-stopped"]],
])(
  "%d s of rewind, recorded: %s, within %d s, full: %s, is told as %j",
  (rewindSeconds, record, limit, paused, codes) => {
    const warnings = machineWarnings({ rewindSeconds, record }, limit, paused);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    if (limit < 100) expect(warnings[0]!.detail).toContain(`${Math.round(limit)} s only`);
  },
);
