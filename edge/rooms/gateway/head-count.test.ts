import { expect, test } from "vitest";
import { HeadCount, peopleAmong } from "./head-count.ts";

test("a person with two sockets counts once, until both are gone", () => {
  const heads = new HeadCount();
  heads.add("usr_a");
  heads.add("usr_a");
  heads.add("usr_b");
  expect(heads.people).toBe(2);
  heads.remove("usr_a");
  expect(heads.people).toBe(2);
  heads.remove("usr_a");
  expect(heads.people).toBe(1);
  heads.remove("usr_a");
  expect(heads.people).toBe(1);
});

test("people are named once, with their sockets where these are several, and strangers counted", () => {
  const of = (viewerId: string) => ({
    viewer: { viewerId, userId: viewerId.startsWith("usr_") ? viewerId : null },
  });
  expect(peopleAmong(["usr_a", "vwr_b", "usr_c", "usr_a", "vwr_b", "vwr_d"].map(of))).toEqual({
    userIds: ["usr_a", "usr_c"],
    connections: { usr_a: 2 },
    anonymous: 2,
  });
});
