/**
 * What a logo's bytes really are, whatever their sender says. Only the frame of the file is read: the kind, the size
 * of the picture, and that the file ends where the picture does, so that nothing rides along behind it.
 */

export const logoTypes = ["image/png", "image/jpeg", "image/webp"] as const;
export type LogoType = (typeof logoTypes)[number];

export const logoLimits = { bytes: 512 * 1024, side: 4096, pixels: 4_194_304 } as const;

export type LogoVerdict =
  | { ok: true; contentType: LogoType; width: number; height: number }
  | { ok: false; reason: "not-an-image" | "other-type" | "animated" | "too-many-pixels" };

interface Picture {
  contentType: LogoType;
  width: number;
  height: number;
  animated: boolean;
}

/** `declared` is the Content-Type that came with it. */
export function judgeLogo(bytes: Uint8Array, declared: LogoType): LogoVerdict {
  const picture = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
  if (picture === null) return { ok: false, reason: "not-an-image" };
  const { contentType, width, height, animated } = picture;
  if (contentType !== declared) return { ok: false, reason: "other-type" };
  if (animated) return { ok: false, reason: "animated" };
  // A few bytes can claim a picture that fills a browser's memory when it is unpacked.
  const { side, pixels } = logoLimits;
  if (width > side || height > side || width * height > pixels)
    return { ok: false, reason: "too-many-pixels" };
  return { ok: true, contentType, width, height };
}

/** PNG (Third Edition) §5: a signature, then chunks, IHDR first and IEND last. */
function readPng(bytes: Uint8Array): Picture | null {
  if (!startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return null;
  const view = viewOf(bytes);
  let size: { width: number; height: number } | null = null;
  let animated = false;
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = textAt(bytes, at + 4, 4);
    const next = at + 12 + length;
    if (next > bytes.length || (at === 8) !== (kind === "IHDR")) return null;
    if (kind === "IHDR") {
      if (length !== 13) return null;
      size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    }
    animated ||= kind === "acTL";
    hasData ||= kind === "IDAT";
    if (kind === "IEND") {
      const whole = next === bytes.length && hasData && size !== null && size.width > 0 && size.height > 0;
      return whole && size ? { contentType: "image/png", ...size, animated } : null;
    }
    at = next;
  }
  return null;
}

/** ITU T.81 Annex B: markers with lengths up to the first scan; the picture's size stands in its frame header. */
function readJpeg(bytes: Uint8Array): Picture | null {
  if (!startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return null;
  const view = viewOf(bytes);
  let size: { width: number; height: number } | null = null;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    // Any number of fill bytes may stand before a marker (B.1.1.2).
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return null;
    // SOF0 to SOF15 without DHT, JPG and DAC.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      if (length < 8 || size !== null) return null;
      size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    if (marker === 0xda) {
      const ends = bytes[bytes.length - 2] === 0xff && bytes[bytes.length - 1] === 0xd9;
      const whole = ends && size !== null && size.width > 0 && size.height > 0;
      return whole && size ? { contentType: "image/jpeg", ...size, animated: false } : null;
    }
    at += 2 + length;
  }
  return null;
}

/** RFC 9649: one RIFF chunk as long as the file; VP8, VP8L or VP8X says the size. */
function readWebp(bytes: Uint8Array): Picture | null {
  if (bytes.length < 30 || textAt(bytes, 0, 4) !== "RIFF" || textAt(bytes, 8, 4) !== "WEBP") return null;
  const view = viewOf(bytes);
  if (view.getUint32(4, true) + 8 !== bytes.length) return null;
  const kind = textAt(bytes, 12, 4);
  const size = webpSize(kind, bytes, view);
  if (size === null || size.width === 0 || size.height === 0) return null;
  const animated = kind === "VP8X" && (bytes[20]! & 0x02) !== 0;
  return { contentType: "image/webp", ...size, animated };
}

function webpSize(kind: string, bytes: Uint8Array, view: DataView): { width: number; height: number } | null {
  if (kind === "VP8 ") {
    if (!startsWith(bytes, 23, [0x9d, 0x01, 0x2a])) return null;
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (kind === "VP8L") {
    if (bytes[20] !== 0x2f) return null;
    const packed = view.getUint32(21, true);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (kind === "VP8X") {
    const uint24 = (at: number) => view.getUint16(at, true) + (bytes[at + 2]! << 16);
    const canvas = { width: uint24(24) + 1, height: uint24(27) + 1 };
    // The canvas is one claim, the picture inside another: decoders unpack the picture.
    const inner = innerWebpSize(bytes, view);
    return inner && (inner.width !== canvas.width || inner.height !== canvas.height) ? null : canvas;
  }
  return null;
}

/** The still picture inside an extended file, or null where there is none (an animation). */
function innerWebpSize(bytes: Uint8Array, view: DataView): { width: number; height: number } | null {
  for (let at = 30; at + 18 <= bytes.length; ) {
    const kind = textAt(bytes, at, 4);
    if (kind === "VP8 " || kind === "VP8L") {
      const inner = bytes.subarray(at - 12);
      return inner.length < 30 ? null : webpSize(kind, inner, viewOf(inner));
    }
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Uint8Array, at: number, expected: number[]): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte);
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
