/** Tiny real pictures of 16 by 12 pixels for tests. */
const base64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export const png = base64(
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAACXBIWXMAAAABAAAAAQBPJcTWAAAAFUlEQVR4nGP4y8BAEiJN9aiGEaQBALdSvcEFzbffAAAAAElFTkSuQmCC",
);
export const jpeg = base64(
  "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgEBAQEBAUFBQUFBQYGBgYGBgYGBgYGBgYHBwcICAgHBwcGBgcHCAgICAkJCQgICAgJCQoKCgwMCwsODg4RERT/xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQAQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAAMABADASIAAhEAAxEA/9oADAMBAAIRAxEAPwCLAFF/f//Z",
);
export const webp = base64(
  "UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoQAAwAAgA0JaACdLoB+AADsAD+8Oj3/yC5YXXI1/8gP+QH/ID/+PIAAAA=",
);
export const losslessWebp = base64("UklGRhwAAABXRUJQVlA4TA8AAAAvD8ACAAcQ9Y/+ByKi/wEA");

/** `png` with another size in its header. */
export function pngOfSize(width: number, height: number): Uint8Array<ArrayBuffer> {
  const changed = png.slice();
  const view = new DataView(changed.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return changed;
}

/** An extended WebP file: a canvas around a still picture of 16 by 12, or around none. */
export function extendedWebp(width: number, height: number, flags = 0): Uint8Array<ArrayBuffer> {
  const picture = webp.subarray(12);
  const file = new Uint8Array(30 + picture.length);
  const text = (at: number, letters: string) => file.set(new TextEncoder().encode(letters), at);
  const view = new DataView(file.buffer);
  text(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  text(8, "WEBPVP8X");
  view.setUint32(16, 10, true);
  file[20] = flags;
  file.set([(width - 1) & 0xff, ((width - 1) >> 8) & 0xff, (width - 1) >> 16], 24);
  file.set([(height - 1) & 0xff, ((height - 1) >> 8) & 0xff, (height - 1) >> 16], 27);
  file.set(picture, 30);
  return file;
}

/** `png` with an animation's control chunk behind its header. */
export function animatedPng(): Uint8Array<ArrayBuffer> {
  const control = [0, 0, 0, 8, 0x61, 0x63, 0x54, 0x4c, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([...png.subarray(0, 33), ...control, ...png.subarray(33)]);
}

export function joined(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  return Uint8Array.from(bytes.flatMap((part) => [...part]));
}
