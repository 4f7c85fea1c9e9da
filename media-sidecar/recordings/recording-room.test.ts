import { expect, it } from "vitest";
import { hasRoom } from "./recording-room.ts";

it("stops below the least, and begins again with a quarter more", () => {
  expect(hasRoom(true, 100, 100)).toBe(true);
  expect(hasRoom(true, 99, 100)).toBe(false);
  expect(hasRoom(false, 124, 100)).toBe(false);
  expect(hasRoom(false, 125, 100)).toBe(true);
});
