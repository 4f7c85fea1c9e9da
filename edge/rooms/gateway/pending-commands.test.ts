import { expect, test } from "vitest";
import { PendingCommands } from "./pending-commands.ts";

const command = (socket: string, ref: string, sentAt = 0) => ({
  socket,
  userId: "usr_a",
  ref,
  sentAt,
  command: { type: "chat:send" as const, data: { text: "hello" } },
});

test("a result answers its command once", () => {
  const pending = new PendingCommands<string>({ limit: 10, patienceMs: 1000 });
  const added = pending.add(command("s1", "r1"))!;
  expect(pending.settle(added.id)).toMatchObject({ socket: "s1", ref: "r1" });
  expect(pending.settle(added.id)).toBeNull();
});

test("what was not answered is told again, in order", () => {
  const pending = new PendingCommands<string>({ limit: 10, patienceMs: 1000 });
  const refs = ["r1", "r2", "r3"];
  const ids = refs.map((ref) => pending.add(command("s1", ref))!.id);
  pending.settle(ids[1]!);
  expect(pending.all().map(({ ref }) => ref)).toEqual(["r1", "r3"]);
});

test("patience ends, for each command by itself", () => {
  const pending = new PendingCommands<string>({ limit: 10, patienceMs: 1000 });
  pending.add(command("s1", "old", 0));
  pending.add(command("s1", "new", 500));
  expect(pending.takeOverdue(999)).toEqual([]);
  expect(pending.takeOverdue(1000).map(({ ref }) => ref)).toEqual(["old"]);
  expect(pending.all().map(({ ref }) => ref)).toEqual(["new"]);
});

test("too many are turned away, and a socket that is gone makes room", () => {
  const pending = new PendingCommands<string>({ limit: 2, patienceMs: 1000 });
  pending.add(command("s1", "1"));
  pending.add(command("s2", "1"));
  expect(pending.add(command("s3", "1"))).toBeNull();
  pending.forget("s1");
  expect(pending.add(command("s3", "1"))).not.toBeNull();
});
