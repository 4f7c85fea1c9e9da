/** A run that finds nothing says something only if it would have found it. */
import { expect, test } from "vitest";
import type { Deed } from "./deeds.ts";
import * as find from "./findings.ts";
import { ToldRecord } from "./told-record.ts";
import type { WrittenRows } from "./written-rows.ts";

const visible = { pinned: false, deleted: false, state: "visible" } as const;
const rows = (more: Partial<WrittenRows> = {}): WrittenRows => ({
  head: 3,
  events: [
    { seq: 1, audience: "all", userId: null, what: "chat:message msg_1" },
    { seq: 2, audience: "staff", userId: "usr_a", what: "chat:held msg_2" },
    { seq: 3, audience: "user", userId: "usr_b", what: "chat:message msg_3" },
  ],
  messages: [
    { id: "msg_1", seq: 1, userId: "usr_a", text: "one", ...visible },
    { id: "msg_2", seq: 2, userId: "usr_a", text: "two", ...visible },
    { id: "msg_3", seq: 3, userId: "usr_b", text: "three", ...visible },
  ],
  questions: [{ id: "qst_1", userId: "usr_a", text: "why?", upvotes: 1 }],
  upvotes: [{ questionId: "qst_1", userId: "usr_b" }],
  polls: [{ id: "pol_1", voters: 1, hidden: false, options: { opt_1: 1, opt_2: 0 } }],
  votes: [{ pollId: "pol_1", userId: "usr_a", optionId: "opt_1" }],
  ...more,
});
const chat = (userId: string, text: string, answer: Deed["answer"]): Deed => ({
  userId,
  via: "socket",
  what: { kind: "chat", text },
  answer,
});
const ok = (id: string) => ({ ok: true, data: { id } }) as const;
const refusal = { ok: false, problem: { type: "/problems/muted", title: "", status: 403 } } as const;
const all = () => [
  chat("usr_a", "one", ok("msg_1")),
  chat("usr_a", "two", ok("msg_2")),
  chat("usr_b", "three", ok("msg_3")),
];

test("a log without holes is fine; a hole, a double and a wrong head are found", () => {
  expect(find.findHoles(rows())).toEqual([]);
  const { events } = rows();
  expect(find.findHoles(rows({ events: [events[0]!, events[2]!] })).length).toBe(2);
  expect(find.findHoles(rows({ events: [...events, events[2]!] })).length).toBe(2);
  expect(find.findHoles(rows({ head: 4 })).length).toBe(1);
});

test("lost, doubled, refused and yet written, and unheard-of messages are found", () => {
  const asked: Deed = {
    userId: "usr_a",
    via: "http",
    what: { kind: "question", text: "why?" },
    answer: ok("qst_1"),
  };
  const deeds = [...all(), asked];
  expect(find.findLostAndDoubled(deeds, rows())).toEqual([]);
  const { messages } = rows();
  const found = (given: readonly Deed[], written: WrittenRows) => find.findLostAndDoubled(given, written);
  expect(found(deeds, rows({ messages: messages.slice(1) }))[0]).toContain("is lost");
  expect(found(deeds, rows({ messages: [...messages, messages[0]!] }))[0]).toContain("2 times");
  expect(found([chat("usr_a", "one", refusal), ...deeds.slice(1)], rows())[0]).toContain("was refused");
  expect(found(deeds.slice(1), rows())[0]).toContain("nobody said");
  expect(found([chat("usr_a", "one", ok("msg_9")), ...deeds.slice(1)], rows())[0]).toContain("is there as");
  expect(found([chat("usr_a", "one", null), ...deeds.slice(1)], rows())).toEqual([]);
  expect(found(deeds, rows({ questions: [] }))[0]).toContain("is lost");
});

test("a message that the log does not have at its seq is found", () => {
  expect(find.findUntoldMessages(rows())).toEqual([]);
  const moved = rows().messages.map((message) => ({ ...message, seq: message.seq + 1 }));
  expect(find.findUntoldMessages(rows({ messages: moved })).length).toBe(3);
});

test("what happened twice is found", () => {
  expect(find.findRepeatedEvents(rows())).toEqual([]);
  const { events } = rows();
  expect(find.findRepeatedEvents(rows({ events: [...events, { ...events[0]!, seq: 4 }] })).length).toBe(1);
});

test("a moderator's act that was acknowledged and is not done is found", () => {
  const moderate = (act: "pin" | "delete" | "approve" | "refuse"): Deed => ({
    userId: "usr_m",
    via: "http",
    what: { kind: "moderation", act, messageId: "msg_1" },
    answer: ok(""),
  });
  const all = [moderate("pin"), moderate("delete"), moderate("approve"), moderate("refuse")];
  expect(find.findUndoneModeration(all, rows()).length).toBe(3);
  const gone = rows().messages.map((message) => ({ ...message, deleted: true }));
  expect(find.findUndoneModeration(all, rows({ messages: gone }))).toEqual([]);
});

test("who was told too little, too much, too late or a snapshot is found", () => {
  const listen = (userId: string, isStaff: boolean, seqs: number[]) => {
    const told = new ToldRecord();
    const mine = { votes: {}, upvotes: [], asked: [], questions: [], messages: [], mutedUntil: null };
    told.joined({ seq: 0, mine });
    for (const seq of seqs) {
      const [type, id] = rows().events[seq - 1]!.what.split(" ");
      told.event({ type, sessionId: "ses_a", seq, data: { id } } as never);
    }
    return { name: userId, userId, isStaff, told };
  };
  const fine = [
    listen("usr_a", false, [1, 2]),
    listen("usr_b", false, [1, 3]),
    listen("usr_c", true, [1, 2]),
  ];
  expect(find.findMistold(fine, rows())).toEqual([]);
  const findings = (...seqs: number[]) => find.findMistold([listen("usr_a", false, seqs)], rows()).join();
  expect(findings(1)).toContain("was not told (1)");
  expect(findings(1, 2, 3)).toContain("not for them (1)");
  expect(findings(2, 1)).toContain("too late (1)");
  const leapt = listen("usr_a", false, [1, 2]);
  leapt.told.leaps.push({ after: 1, to: 2 });
  expect(find.findMistold([leapt], rows()).join()).toContain("a snapshot");
});

test("votes and upvotes are what was acknowledged last, and counters what rows add up to", () => {
  const vote = (optionIds: string[], answer: Deed["answer"] = ok("")): Deed => ({
    userId: "usr_a",
    via: "socket",
    what: { kind: "vote", pollId: "pol_1", optionIds },
    answer,
  });
  const upvote = (upvoted: boolean): Deed => ({
    userId: "usr_b",
    via: "socket",
    what: { kind: "upvote", questionId: "qst_1", upvoted },
    answer: ok(""),
  });
  expect(
    find.findWrongVotes([vote(["opt_2"]), vote(["opt_1"]), upvote(false), upvote(true)], rows()),
  ).toEqual([]);
  expect(find.findWrongVotes([vote(["opt_1"]), vote(["opt_2"])], rows()).length).toBe(1);
  expect(find.findWrongVotes([vote(["opt_2"]), vote(["opt_1"], null)], rows())).toEqual([]);
  expect(find.findWrongVotes([upvote(false)], rows()).length).toBe(1);
  expect(find.findWrongCounters(rows())).toEqual([]);
  expect(find.findWrongCounters(rows({ votes: [], upvotes: [] })).length).toBe(3);
});

test("totals that people were told are those of the rows", () => {
  const told = new ToldRecord();
  const listener = [{ name: "A", userId: "usr_c", isStaff: false, told }];
  const asked = { seq: 4, audience: "all", userId: null, what: "question:new qst_1" } as const;
  const events = [...rows().events, asked];
  expect(find.findWrongTotals(listener, rows({ events })).length).toBe(2);
  expect(find.findWrongTotals(listener, rows()).length, "of a question they never heard of").toBe(1);
  told.pollTotal({
    pollId: "pol_1",
    totalVotes: 1,
    options: [
      { id: "opt_1", votes: 1 },
      { id: "opt_2", votes: 0 },
    ],
  });
  told.questionTotal({ questionId: "qst_1", upvotes: 1 });
  expect(find.findWrongTotals(listener, rows({ events }))).toEqual([]);
  const hidden = rows({ polls: [{ id: "pol_1", voters: 5, hidden: true, options: { opt_1: 5, opt_2: 0 } }] });
  expect(find.findWrongTotals(listener, hidden), "hidden from who has not voted").toEqual([]);
});
