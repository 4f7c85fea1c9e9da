import { expect, test } from "vitest";
import { codesOf, saidBy, testCommand } from "../session-log/test-plan.ts";
import { having, message, plan, say } from "./test-chat-plans.ts";

test("a held message that is approved is said anew under its id; one that is refused is gone for who saw it", () => {
  const facts = having(
    message("msg_good", "usr_ada", { state: "held" }),
    message("msg_bad", "usr_ada", { state: "held" }),
  );
  const review = (messageId: string, approve: boolean) =>
    testCommand("usr_mod", "chat:review", { messageId, approve });
  const commands = [
    review("msg_good", true),
    review("msg_good", true),
    review("msg_bad", false),
    review("msg_bad", false),
    review("msg_bad", true),
    review("msg_good", false),
  ];
  const result = plan(commands, { facts });
  expect(saidBy(result)).toEqual(["chat:message to all", "chat:deleted to staff+usr_ada"]);
  expect(result.events[0]?.data).toMatchObject({ id: "msg_good", seq: 42, held: false });
  expect(codesOf(result), "deciding again what was decided alike is no error").toEqual([
    "ok",
    "ok",
    "ok",
    "ok",
    "not-found",
    "conflict",
  ]);
  expect(result.audits.map(({ act }) => act.action)).toEqual(["message.approved", "message.refused"]);
});

test("authors delete their own, staff anyone's, others nobody's; twice is once", () => {
  const facts = () =>
    having(message("msg_a", "usr_ada", {}, true), message("msg_held", "usr_ada", { state: "held" }));
  const del = (userId: string, messageId: string) => testCommand(userId, "chat:delete", { messageId });
  const result = plan(
    [
      del("usr_bob", "msg_a"),
      del("usr_bob", "msg_held"),
      del("usr_ada", "msg_a"),
      del("usr_mod", "msg_a"),
      del("usr_mod", "msg_held"),
      del("usr_mod", "msg_absent"),
    ],
    { facts: facts() },
  );
  expect(codesOf(result)).toEqual(["forbidden", "not-found", "ok", "ok", "ok", "not-found"]);
  expect(saidBy(result)).toEqual(["chat:deleted to all", "chat:deleted to staff+usr_ada"]);
  expect(result.facts.pinned.size, "what is gone is pinned no more").toBe(0);
  expect(
    result.audits.map(({ actorId, act }) => [actorId, act.action]),
    "taking back one's own is no act of the staff",
  ).toEqual([["usr_mod", "message.deleted"]]);
});

test("pinning is for what everyone sees, once, and for fifty at most", () => {
  const pin = (messageId: string, pinned = true) => testCommand("usr_mod", "chat:pin", { messageId, pinned });
  const facts = having(
    message("msg_a", "usr_ada"),
    message("msg_held", "usr_ada", { state: "held" }),
    message("msg_shadow", "usr_ada", { state: "shadowed" }),
    message("msg_gone", "usr_ada", { deleted: true }),
    ...Array.from({ length: 49 }, (_, index) => message(`msg_${index}`, "usr_bob", {}, true)),
    message("msg_b", "usr_bob"),
  );
  const result = plan(
    [
      pin("msg_a"),
      pin("msg_a"),
      pin("msg_b"),
      pin("msg_held"),
      pin("msg_shadow"),
      pin("msg_gone"),
      pin("msg_0", false),
      pin("msg_b"),
    ],
    { facts },
  );
  expect(codesOf(result)).toEqual(["ok", "ok", "conflict", "conflict", "conflict", "not-found", "ok", "ok"]);
  expect(result.events.map(({ data }) => data)).toMatchObject([
    { messageId: "msg_a", pinned: true, message: { pinned: true, seq: 7 } },
    { messageId: "msg_0", pinned: false },
    { messageId: "msg_b", pinned: true },
  ]);
});

test("clearing is one event, and takes what the batch said before it, not what it says after", () => {
  const clear = (userId: string | null) => testCommand("usr_mod", "chat:clear", { userId });
  const result = plan([say("usr_ada", "1"), say("usr_bob", "2"), clear("usr_ada"), say("usr_ada", "3")]);
  expect(saidBy(result)).toEqual([
    "chat:message to all",
    "chat:message to all",
    "chat:cleared to all",
    "chat:message to all",
  ]);
  expect(result.facts.added.map(({ deleted }) => deleted)).toEqual([true, false, false]);
  const all = plan([say("usr_ada", "1"), say("usr_bob", "2"), clear(null)]);
  expect(all.facts.added.map(({ deleted }) => deleted)).toEqual([true, true]);
  expect(all.facts.cleared.all).toBe("usr_mod");
  expect(codesOf(plan([clear("usr_gone")]))).toEqual(["not-found"]);
});
