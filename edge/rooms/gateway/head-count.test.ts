import { expect, test } from "vitest";
import { HeadCount } from "./head-count.ts";

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
