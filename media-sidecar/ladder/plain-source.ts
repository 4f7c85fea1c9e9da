import type { LadderSource } from "./ladder-plan.ts";

/** What a ladder is planned for where no encoder has spoken yet: H.264 High, 8 bits, square pixels, no interlacing, silence. */
export function plainSource(
  width: number,
  height: number,
  more: Partial<Omit<LadderSource, "video">> = {},
): LadderSource {
  const parameters = {
    ...{ profile: 100, constraints: 0, level: 40, chromaFormat: 1, bitDepth: 8 },
    ...{ width, height, pixelAspect: 1, interlaced: false, frameRate: null },
  };
  const video = { header: Buffer.alloc(0), codec: "avc1.640028", parameters };
  return { video, audio: null, frameRate: 30, videoKbps: null, ...more };
}
