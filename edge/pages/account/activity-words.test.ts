import { expect, test } from "vitest";
import type { Activity } from "../../protocol/user-activity.ts";
import { activityWords, placeWords } from "./activity-words.ts";

const common = {
  id: "x",
  at: "2027-04-01T10:00:00.000Z",
  event: { id: "e", title: "Launch" },
  session: null,
};

const cases: [Activity, string][] = [
  [{ ...common, kind: "signed-in", deviceName: null, userAgent: null }, "Signed in"],
  [{ ...common, kind: "signed-in", deviceName: "My phone", userAgent: null }, "Signed in on My phone"],
  [{ ...common, kind: "joined-event" }, "Joined"],
  [{ ...common, kind: "attended", lastSeenAt: common.at, watchSeconds: 0 }, "Were there"],
  [{ ...common, kind: "attended", lastSeenAt: common.at, watchSeconds: 5040 }, "Watched for 1 h 24 min"],
  [{ ...common, kind: "message", text: "Hi", deleted: true, state: "visible" }, "Wrote: Hi (deleted)"],
  [
    { ...common, kind: "message", text: "Hi", deleted: false, state: "held" },
    "Wrote: Hi (waits for a moderator)",
  ],
  [
    { ...common, kind: "question", text: "Why?", anonymous: true, status: "visible" },
    "Asked anonymously: Why?",
  ],
  [{ ...common, kind: "upvote", question: "Why?" }, "Upvoted: Why?"],
  [{ ...common, kind: "vote", poll: "Tea?", options: ["Yes", "No"] }, "Voted in “Tea?”: Yes, No"],
  [{ ...common, kind: "reactions", reactions: [{ emoji: "👏", count: 3 }] }, "Reacted: 👏 3"],
  [
    { ...common, kind: "moderation", action: "message.deleted", text: "Hi" },
    "A moderator took your message away: Hi",
  ],
  [{ ...common, kind: "moderation", action: "a.new-one", text: null }, "a.new-one"],
];

test.each(cases)("%o is said in words", (deed, words) => {
  expect(activityWords(deed)).toBe(words);
});

test("a place is the session in its event, as far as they are known", () => {
  expect(placeWords({ ...common, session: { id: "s", title: "Keynote" } })).toBe("Keynote · Launch");
  expect(placeWords(common)).toBe("Launch");
  expect(placeWords({ session: null, event: null })).toBe("");
});
