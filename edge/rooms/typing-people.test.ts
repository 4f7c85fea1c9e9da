import { expect, test } from "vitest";
import { mergeTyping, TypingPeople, typingFor } from "./typing-people.ts";

const state = (...names: string[]) => ({
  people: names.map((name) => ({ id: `usr_${name}`, name })),
  count: names.length,
});

test("someone who types is typing for four seconds after the last time", () => {
  const typing = new TypingPeople(4000);
  expect(typing.typed("usr_a", "Ada", 0)).toBe(true);
  expect(typing.typed("usr_a", "Ada", 3000)).toBe(false);
  expect(typing.expire(6999)).toBe(false);
  expect(typing.expire(7000)).toBe(true);
  expect(typing.state()).toEqual({ people: [], count: 0 });
});

test("many are counted, and six of them named", () => {
  const typing = new TypingPeople(4000);
  for (let n = 0; n < 40; n++) typing.typed(`usr_${n}`, `${n}`, 0);
  expect(typing.state().people.length).toBe(6);
  expect(typing.state().count).toBe(40);
  expect(typing.stopped("usr_0")).toBe(true);
  expect(typing.stopped("usr_0")).toBe(false);
  expect(typing.state().count).toBe(39);
});

test("gateways are added up", () => {
  const merged = mergeTyping([state("Ada", "Bo"), state("Cy"), { people: [], count: 0 }]);
  expect(merged).toEqual(state("Ada", "Bo", "Cy"));
});

test("nobody is told of their own typing, and at most five names are", () => {
  const six = state("Ada", "Bo", "Cy", "Di", "Ed", "Flo");
  expect(typingFor(six, "usr_Ada", true)).toEqual({ users: ["Bo", "Cy", "Di", "Ed", "Flo"], count: 5 });
  expect(typingFor(six, null, false)).toEqual({ users: ["Ada", "Bo", "Cy", "Di", "Ed"], count: 6 });
  expect(typingFor(state("Ada"), "usr_Ada", true)).toEqual({ users: [], count: 0 });
});

test("a namesake is not taken for oneself", () => {
  const two = {
    people: [
      { id: "usr_1", name: "Alex" },
      { id: "usr_2", name: "Alex" },
    ],
    count: 2,
  };
  expect(typingFor(two, "usr_1", true)).toEqual({ users: ["Alex"], count: 1 });
});
