import { describe, expect, test } from "vitest";
import type { SeenMessage } from "../../client/session-view.ts";
import type { ChatAuthor } from "../../protocol/chat.ts";
import { ChatLines, continuesAuthor, type Draft } from "./chat-lines.ts";

const ada: ChatAuthor = { id: "usr_ada", name: "Ada", role: "attendee", avatarUrl: null };
const jonas: ChatAuthor = { id: "usr_jonas", name: "Jonas", role: "attendee", avatarUrl: null };
const at = "2026-01-01T10:00:00Z";
const draft = (text: string): Draft => ({ text, replyTo: null, mentions: [] });
const message = (
  seq: number,
  text = `line ${seq}`,
  user = jonas,
  more: Partial<SeenMessage> = {},
): SeenMessage => ({
  id: `msg_${seq}`,
  seq,
  sessionId: "ses_1",
  user,
  text,
  replyTo: null,
  mentions: [],
  held: false,
  shadowed: false,
  pinned: false,
  createdAt: at,
  ...more,
});
const states = (lines: { state: string }[]) => lines.map(({ state }) => state);

describe("a line of ours", () => {
  test("is there at once, and once only, if its answer comes first", () => {
    const chat = new ChatLines();
    chat.sending("ref", draft("hello"), ada, at);
    expect(chat.lines([], ada.id)).toMatchObject([{ key: "ref", state: "sending" }]);
    chat.sent("ref", "msg_5");
    expect(chat.lines([message(5, "hello", ada)], ada.id)).toMatchObject([{ key: "ref", state: "sent" }]);
  });

  test("and if its event comes first", () => {
    const chat = new ChatLines();
    chat.sending("ref", draft("hello"), ada, at);
    const said = [message(5, "hello", ada)];
    expect(chat.lines(said, ada.id)).toMatchObject([{ key: "ref", state: "sent" }]);
    chat.sent("ref", "msg_5");
    expect(chat.lines(said, ada.id)).toMatchObject([{ key: "ref", state: "sent" }]);
  });

  test("does not give its place to somebody else who says the same, nor to what was said before", () => {
    const chat = new ChatLines();
    const before = message(4, "hello", ada);
    chat.lines([before], ada.id);
    chat.sending("ref", draft("hello"), ada, at);
    expect(states(chat.lines([before, message(5, "hello", jonas)], ada.id))).toEqual([
      "sent",
      "sent",
      "sending",
    ]);
  });

  test("that failed stays with its reason, and can be tried again or removed", () => {
    const chat = new ChatLines();
    chat.sending("ref", draft("hello"), ada, at);
    chat.failed("ref", "No connection.");
    expect(chat.lines([], ada.id)).toMatchObject([{ state: "failed", failure: "No connection." }]);
    expect(chat.retry("ref", "ref-2")).toMatchObject({ text: "hello" });
    expect(chat.retry("ref", "ref-3")).toBeNull();
    expect(chat.lines([], ada.id)).toMatchObject([{ key: "ref-2", state: "sending", failure: null }]);
    chat.discard("ref-2");
    expect(chat.lines([], ada.id)).toEqual([]);
  });

  test("that waits for a moderator says so", () => {
    const chat = new ChatLines();
    expect(states(chat.lines([message(1, "x", ada, { held: true })], ada.id))).toEqual(["held"]);
  });

  test("that a moderator took away leaves a note, where it stood; one taken back leaves none", () => {
    const chat = new ChatLines();
    const all = [message(1), message(2, "mine", ada), message(3), message(4, "oops", ada)];
    chat.lines(all, ada.id);
    chat.takeBack("msg_4");
    const left = chat.lines([all[0]!, all[2]!], ada.id);
    expect(left.map(({ text, state }) => [text, state])).toEqual([
      ["line 1", "sent"],
      ["mine", "removed"],
      ["line 3", "sent"],
    ]);
    expect(states(chat.lines(all.slice(0, 3), ada.id)), "it is back").toEqual(["sent", "sent", "sent"]);
  });

  test("that fell off the top was not taken away", () => {
    const chat = new ChatLines();
    chat.lines([message(1, "mine", ada), message(2)], ada.id);
    expect(states(chat.lines([message(2), message(3)], ada.id))).toEqual(["sent", "sent"]);
  });
});

describe("the lines of a chat", () => {
  test("are the same objects while nothing changes, so that nothing is drawn again", () => {
    const chat = new ChatLines();
    const messages = [message(1), message(2, "re", ada, { replyTo: "msg_1" })];
    const first = chat.lines(messages, null);
    const second = chat.lines([...messages, message(3)], null);
    expect(second[0]).toBe(first[0]);
    expect(second[1]).toBe(first[1]);
  });

  test("quote what they answer, as long as it is there", () => {
    const chat = new ChatLines();
    const reply = message(2, "re", ada, { replyTo: "msg_1" });
    const [, quoting] = chat.lines([message(1), reply], null);
    expect(quoting?.reply).toEqual({ messageId: "msg_1", quoted: { name: "Jonas", text: "line 1" } });
    expect(chat.lines([reply], null)[0]?.reply).toEqual({ messageId: "msg_1", quoted: null });
  });

  test("show the name once over what one person says in one breath", () => {
    const lines = new ChatLines().lines(
      [
        message(1),
        message(2, "soon", jonas, { createdAt: "2026-01-01T10:01:00Z" }),
        message(3, "answer", jonas, { createdAt: "2026-01-01T10:01:10Z", replyTo: "msg_1" }),
        message(4, "later", jonas, { createdAt: "2026-01-01T10:30:00Z" }),
        message(5, "other", ada, { createdAt: "2026-01-01T10:30:10Z" }),
      ],
      null,
    );
    expect(lines.map((line, index) => continuesAuthor(line, lines[index - 1]))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});
