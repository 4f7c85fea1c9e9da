import { describe, expect, test } from "vitest";
import { type CommandFrame, commandTiming, PendingCommands } from "./pending-commands.ts";

const room = "session:ses_1";
const line = (ref: string): CommandFrame => ({
  type: "chat:send",
  ref,
  data: { sessionId: "ses_1", text: ref },
});
const anyRoom = () => true;
const noRoom = () => false;
function pending(...refs: string[]): PendingCommands<string> {
  const commands = new PendingCommands<string>();
  for (const ref of refs) commands.add(line(ref), `settles ${ref}`, { room, now: 0 });
  return commands;
}
const refsOf = (frames: CommandFrame[]) => frames.map(({ ref }) => ref);

describe("commands on their way", () => {
  test("a command is said once its room is joined, in the order it was given", () => {
    const commands = pending("a", "b");
    expect(commands.due(0, noRoom)).toEqual([]);
    expect(refsOf(commands.due(1, anyRoom))).toEqual(["a", "b"]);
    expect(commands.due(2, anyRoom)).toEqual([]);
  });

  test("without an answer it is said again under the same ref", () => {
    const commands = pending("a");
    commands.due(0, anyRoom);
    expect(commands.due(commandTiming.answerMs - 1, anyRoom)).toEqual([]);
    expect(refsOf(commands.due(commandTiming.answerMs, anyRoom))).toEqual(["a"]);
  });

  test("after a break it is said at once on the next socket", () => {
    const commands = pending("a");
    commands.due(0, anyRoom);
    commands.disconnected();
    expect(refsOf(commands.due(10, anyRoom))).toEqual(["a"]);
  });

  test("an answer settles it, and the same answer again settles nothing", () => {
    const commands = pending("a");
    expect(commands.settle("a")).toBe("settles a");
    expect(commands.settle("a")).toBeUndefined();
    expect(commands.due(commandTiming.answerMs, anyRoom)).toEqual([]);
  });

  test("it is given up at its deadline and never said after", () => {
    const commands = pending("a");
    expect(commands.expired(commandTiming.deadlineMs - 1)).toEqual([]);
    expect(commands.expired(commandTiming.deadlineMs)).toEqual(["settles a"]);
    expect(commands.due(commandTiming.deadlineMs, anyRoom)).toEqual([]);
  });

  test("a server that is away is asked again when it said, but not past the deadline", () => {
    const commands = pending("a");
    commands.due(0, anyRoom);
    expect(commands.postpone("a", 100, 2)).toBe(true);
    expect(commands.due(2_099, anyRoom)).toEqual([]);
    expect(refsOf(commands.due(2_100, anyRoom))).toEqual(["a"]);
    expect(commands.postpone("a", 2_200, 60)).toBe(false);
  });

  test("one ref stands for one command", () => {
    expect(() => pending("a", "a")).toThrow("under way already");
  });
});
