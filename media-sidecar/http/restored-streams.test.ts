import { expect, it } from "vitest";
import { restoredStreams } from "./restored-streams.ts";

it("streams are known once they are restored, to those who waited and to those who come later", async () => {
  let restore = () => {};
  const known = restoredStreams(new Promise<void>((resolve) => (restore = resolve)));
  const waiting = known();
  restore();
  expect(await waiting).toBe(true);
  expect(await known()).toBe(true);
});

it("streams that cannot be restored are not known, and nobody waits for ever to hear it", async () => {
  expect(await restoredStreams(Promise.reject(new Error("the disk is gone")))()).toBe(false);
});
