import { expect, test } from "vitest";
import type { EventStanding } from "../events/event-access.ts";
import { judgeJoins } from "./join-verdicts.ts";
import { noOwnThings } from "./mine.ts";

const someone: EventStanding = { globalRole: "attendee", memberRole: null, joined: false, banned: false };
const standings = new Map<string, EventStanding>([
  ["usr_out", someone],
  ["usr_in", { ...someone, joined: true }],
  ["usr_mod", { ...someone, memberRole: "moderator" }],
  ["usr_ban", { ...someone, joined: true, banned: true }],
]);
const viewers = [null, "usr_out", "usr_in", "usr_mod", "usr_ban", "usr_gone"].map((userId) => ({ userId }));
const judge = (visibility: "public" | "private") =>
  judgeJoins({ status: "live", visibility }, viewers, standings, () => noOwnThings).map((verdict) =>
    verdict.allowed ? (verdict.staff ? "staff" : "in") : verdict.problem.type,
  );

test("anyone may be in a public event's rooms, save who is banned or gone", () => {
  expect(judge("public")).toEqual([
    "in",
    "in",
    "in",
    "staff",
    "/problems/banned",
    "/problems/unauthenticated",
  ]);
});

test("the verdict says what one may do there, and brings what is one's own", () => {
  const of = new Map<string, EventStanding>([
    ["usr_out", someone],
    ["usr_in", { ...someone, joined: true }],
    ["usr_spk", { ...someone, globalRole: "speaker" }],
    ["usr_mod", { ...someone, memberRole: "moderator" }],
  ]);
  const people = [null, ...of.keys()].map((userId) => ({ userId }));
  const own = (userId: string | null) => ({
    mine: { ...noOwnThings.mine, asked: userId === null ? [] : [userId] },
    silencedUntil: null,
  });
  const verdicts = judgeJoins({ status: "live", visibility: "public" }, people, of, own);
  expect(
    verdicts.map((each) => each.allowed && [each.member, each.team, each.staff, each.mine.asked]),
  ).toEqual([
    [false, false, false, []],
    [false, false, false, ["usr_out"]],
    [true, false, false, ["usr_in"]],
    [true, true, false, ["usr_spk"]],
    [true, true, true, ["usr_mod"]],
  ]);
});

test("a private event is not there for those who may not see it", () => {
  expect(judge("private")).toEqual([
    "/problems/not-found",
    "/problems/not-found",
    "in",
    "staff",
    "/problems/banned",
    "/problems/unauthenticated",
  ]);
});
