import { expect, test } from "vitest";
import { codesOf, testNow as now, saidBy, testCommand, testPerson } from "../session-log/test-plan.ts";
import { mod, plan, say } from "./test-chat-plans.ts";

test("who is muted hears for how long; a mute that is over holds nobody", () => {
  const muted = testPerson("usr_ada", { mute: { until: now + 59_001, shadow: false } });
  const free = testPerson("usr_bob", { mute: { until: now, shadow: false } });
  const result = plan([say("usr_ada", "x"), say("usr_bob", "x")], { people: [muted, free] });
  expect(codesOf(result)).toEqual(["muted", "ok"]);
  expect(result.results[0]).toMatchObject({ problem: { status: 403, retryAfterSeconds: 60 } });
  expect(result.kept.length, "the same ref may be tried again when it is over").toBe(1);
});

test("a shadow-muted author is answered like anyone, and only they and staff hear it", () => {
  const shadowed = testPerson("usr_ada", { mute: { until: now + 1000, shadow: true } });
  const result = plan([say("usr_ada", "psst")], { people: [shadowed] });
  expect(saidBy(result)).toEqual(["chat:message to usr_ada", "chat:shadowed to staff"]);
  const normal = plan([say("usr_bob", "psst")]);
  const shape = (ack: unknown) => Object.keys((ack as { ack: object }).ack).sort();
  expect(shape(result.results[0])).toEqual(shape(normal.results[0]));
  expect(result.results[0]).toMatchObject({ ack: { held: false, seq: 42 } });
  const held = plan([say("usr_ada", "psst")], { people: [shadowed], session: { chatModerated: true } });
  expect(saidBy(held), "they are held as anyone is").toEqual(["chat:held to staff+usr_ada"]);
});

test("a mute and its end are told to staff and the muted; a shadow mute to staff alone", () => {
  const mute = (shadow: boolean) =>
    testCommand("usr_mod", "chat:mute", { userId: "usr_ada", seconds: 60, shadow });
  const unmute = () => testCommand("usr_mod", "chat:unmute", { userId: "usr_ada" });
  const plain = plan([mute(false), say("usr_ada", "x"), unmute(), unmute(), say("usr_ada", "x")]);
  expect(codesOf(plain)).toEqual(["ok", "muted", "ok", "ok", "ok"]);
  expect(saidBy(plain)).toEqual([
    "chat:muted to staff+usr_ada",
    "chat:muted to staff+usr_ada",
    "chat:message to all",
  ]);
  const shadow = plan([mute(true), say("usr_ada", "x"), unmute(), say("usr_ada", "y")]);
  expect(saidBy(shadow)).toEqual([
    "chat:muted to staff",
    "chat:message to usr_ada",
    "chat:shadowed to staff",
    "chat:muted to staff",
    "chat:message to all",
  ]);
  expect(shadow.facts.mutes.get("usr_ada")).toBeNull();
});

test("a mute that becomes a shadow mute seems to have ended", () => {
  const people = [testPerson("usr_ada", { mute: { until: now + 9000, shadow: false } }), mod()];
  const result = plan(
    [testCommand("usr_mod", "chat:mute", { userId: "usr_ada", seconds: 60, shadow: true })],
    { people },
  );
  expect(saidBy(result)).toEqual(["chat:muted to usr_ada", "chat:muted to staff"]);
  expect(result.events[0]?.data).toEqual({ userId: "usr_ada", name: "ada", until: null, shadow: false });
});

test("staff cannot be muted, nor can who does not exist", () => {
  const mute = (userId: string) =>
    testCommand("usr_mod", "chat:mute", { userId, seconds: 60, shadow: false });
  expect(
    codesOf(
      plan([
        mute("usr_mod"),
        mute("usr_gone"),
        testCommand("usr_mod", "chat:unmute", { userId: "usr_gone" }),
      ]),
    ),
  ).toEqual(["conflict", "invalid", "not-found"]);
});
