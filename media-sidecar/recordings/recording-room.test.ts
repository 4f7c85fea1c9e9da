import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hasRoom, RecordingRoom } from "./recording-room.ts";

it("stops below the least, and begins again with a quarter more", () => {
  expect(hasRoom(true, 100, 100)).toBe(true);
  expect(hasRoom(true, 99, 100)).toBe(false);
  expect(hasRoom(false, 124, 100)).toBe(false);
  expect(hasRoom(false, 125, 100)).toBe(true);
});

it("says of no disk that it is full before it has seen it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rostrum-room-"));
  const room = new RecordingRoom(directory, 1);
  expect(room.freeBytes).toBeNull();
  await room.look();
  expect(room.freeBytes).toBeGreaterThan(0);
  await rm(directory, { recursive: true });
  const gone = new RecordingRoom(directory, 1);
  await expect(gone.look()).rejects.toThrow("ENOENT");
  expect(gone.freeBytes).toBeNull();
});
