import { describe, expect, test } from "vitest";
import type { ChatMessage } from "../../protocol/chat.ts";
import { type Author, ChatLog, continuesAuthor } from "./chat-log.ts";

const ada: Author = { id: "usr_ada", name: "Ada", role: "attendee", avatarUrl: null };
const jonas: Author = { id: "usr_jonas", name: "Jonas", role: "attendee", avatarUrl: null };
const at = "2026-01-01T10:00:00Z";
const message = (seq: number, text = `line ${seq}`, user = jonas): ChatMessage => ({
  id: `msg_${seq}`,
  seq,
  sessionId: "ses_1",
  user,
  text,
  replyTo: null,
  mentions: [],
  held: false,
  pinned: false,
  createdAt: at,
});
const texts = (log: ChatLog) => log.lines.map(({ text }) => text);

describe("the lines of a chat", () => {
  test("stand in the order of the log, whatever order they came in", () => {
    const log = new ChatLog();
    for (const seq of [3, 1, 2, 2]) log.add(message(seq));
    expect(texts(log)).toEqual(["line 1", "line 2", "line 3"]);
  });

  test("a line of ours is there at once, and once only, if its answer comes first", () => {
    const log = new ChatLog();
    log.sending("ref", "hello", ada, at);
    expect(log.lines).toMatchObject([{ key: "ref", state: "sending" }]);
    log.sent("ref", message(5, "hello", ada));
    expect(log.add(message(5, "hello", ada))).toBe(false);
    expect(log.lines).toMatchObject([{ key: "ref", state: "sent", messageId: "msg_5" }]);
  });

  test("and if its event comes first", () => {
    const log = new ChatLog();
    log.sending("ref", "hello", ada, at);
    log.add(message(5, "hello", ada));
    log.sent("ref", message(5, "hello", ada));
    expect(log.lines).toMatchObject([{ key: "ref", state: "sent" }]);
  });

  test("somebody else who says the same does not take its place", () => {
    const log = new ChatLog();
    log.sending("ref", "hello", ada, at);
    log.add(message(5, "hello", jonas));
    expect(log.lines.map(({ state }) => state)).toEqual(["sent", "sending"]);
  });

  test("a failed line stays with its reason, and can be tried again or removed", () => {
    const log = new ChatLog();
    log.sending("ref", "hello", ada, at);
    log.failed("ref", "No connection.");
    expect(log.lines).toMatchObject([{ state: "failed", failure: "No connection." }]);
    expect(log.retry("ref", "ref-2")).toBe("hello");
    expect(log.retry("ref", "ref-3")).toBeNull();
    expect(log.lines).toMatchObject([{ key: "ref-2", state: "sending", failure: null }]);
    log.discard("ref-2");
    expect(log.lines).toEqual([]);
  });

  test("a snapshot replaces what was said, not what is on its way", () => {
    const log = new ChatLog();
    log.add(message(1));
    log.sending("ref", "hello", ada, at);
    log.replace([message(7), message(8)]);
    expect(texts(log)).toEqual(["line 7", "line 8", "hello"]);
  });

  test("only the newest are kept", () => {
    const log = new ChatLog();
    for (let seq = 1; seq <= 620; seq++) log.add(message(seq));
    expect(log.lines.length).toBe(500);
    expect(log.lines[0]?.seq).toBe(121);
  });

  test("the name stands once over what one person says in one breath", () => {
    const log = new ChatLog();
    log.add(message(1));
    log.add({ ...message(2), createdAt: "2026-01-01T10:01:00Z" });
    log.add({ ...message(3), createdAt: "2026-01-01T10:30:00Z" });
    log.add({ ...message(4, "other", ada), createdAt: "2026-01-01T10:30:10Z" });
    const { lines } = log;
    expect(lines.map((line, index) => continuesAuthor(line, lines[index - 1]))).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});
