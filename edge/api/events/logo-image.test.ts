import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeLogo, logoTypes } from "./logo-image.ts";
import { animatedPng, extendedWebp, joined, jpeg, losslessWebp, png, pngOfSize, webp } from "./test-logos.ts";

test.each([
  ["image/png", png],
  ["image/jpeg", jpeg],
  ["image/webp", webp],
  ["image/webp", losslessWebp],
  ["image/webp", extendedWebp(16, 12)],
] as const)("a picture of type %s is known by its bytes, with its size", (contentType, bytes) => {
  expect(judgeLogo(bytes, contentType)).toEqual({ ok: true, contentType, width: 16, height: 12 });
  for (const other of logoTypes.filter((type) => type !== contentType)) {
    expect(judgeLogo(bytes, other)).toEqual({ ok: false, reason: "other-type" });
  }
});

test.each([
  ["nothing", new Uint8Array()],
  ["a script", joined("<script>alert(1)</script>")],
  ["an SVG", joined('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ["a GIF", joined("GIF89a\x10\x00\x0c\x00\x00\x00\x00;")],
  ["a PNG's signature before a page", joined(png.subarray(0, 8), "<html><script>alert(1)</script>")],
  ["a JPEG's mark before a page", joined(jpeg.subarray(0, 3), "<html><script>alert(1)</script>")],
  ["a WebP's mark before a page", joined("RIFF", "\x20\0\0\0", "WEBPVP8 ", "<script>alert(1)</script>")],
  ["a PNG with a page behind it", joined(png, "<script>alert(1)</script>")],
  ["a JPEG with a page behind it", joined(jpeg, "<script>alert(1)</script>")],
  ["a WebP with a page behind it", joined(webp, "<script>alert(1)</script>")],
  ["half a PNG", png.subarray(0, 50)],
  ["half a JPEG", jpeg.subarray(0, 100)],
  ["half a WebP", webp.subarray(0, 40)],
  ["a PNG without a size", pngOfSize(0, 12)],
  ["a WebP whose canvas is not its picture", extendedWebp(8, 8)],
])("%s is not an image", (_name, bytes) => {
  for (const type of logoTypes) {
    expect(judgeLogo(bytes, type)).toEqual({ ok: false, reason: "not-an-image" });
  }
});

test.each([
  [pngOfSize(65_000, 65_000), "image/png"],
  [pngOfSize(4097, 1), "image/png"],
  [pngOfSize(4096, 4096), "image/png"],
  [pngOfSize(0xffff_ffff, 0xffff_ffff), "image/png"],
] as const)("a few bytes that unpack to a wall of pixels are refused", (bytes, type) => {
  expect(judgeLogo(bytes, type)).toEqual({ ok: false, reason: "too-many-pixels" });
});

test("what moves is no logo: each frame would have to be unpacked", () => {
  expect(judgeLogo(animatedPng(), "image/png")).toEqual({ ok: false, reason: "animated" });
  expect(judgeLogo(extendedWebp(16, 12, 0x02), "image/webp")).toEqual({ ok: false, reason: "animated" });
});

test("no bytes make the reader fail or read for long", () => {
  const heads = [
    png.subarray(0, 33),
    jpeg.subarray(0, 20),
    extendedWebp(16, 12).subarray(0, 30),
    new Uint8Array(),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), (head, tail) => {
      const bytes = joined(head, tail);
      for (const type of logoTypes) expect(judgeLogo(bytes, type)).toHaveProperty("ok");
    }),
  );
});
