import { expect, test } from "vitest";
import type { Viewer } from "../../protocol/internal-rooms.ts";
import type { EdgeApi } from "../edge-api.ts";
import { unavailable } from "../problem-response.ts";
import { Admissions } from "./admissions.ts";

type Answer = Awaited<ReturnType<EdgeApi["admit"]>>;

const viewer = (token: string): Viewer => ({
  viewerId: `usr_${token}`,
  userId: `usr_${token}`,
  name: token,
  role: "attendee",
  loginId: "lgn_1",
  readOnly: false,
  expiresAt: "2030-01-01T00:00:00.000Z",
});
const know = (tokens: string[]): Answer => ({
  ok: true,
  value: { viewers: tokens.map((token) => (token.startsWith("bad") ? null : viewer(token))) },
});
const away: Answer = { ok: false, again: true, problem: unavailable() };

test("a thousand who come at once are a few calls, and each gets its own answer", async () => {
  const calls: number[] = [];
  let running = 0;
  let mostRunning = 0;
  const admissions = new Admissions({
    admit: async (tokens) => {
      calls.push(tokens.length);
      mostRunning = Math.max(mostRunning, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return know(tokens);
    },
  });
  const tokens = Array.from({ length: 1000 }, (_, index) => (index % 7 === 0 ? `bad${index}` : `t${index}`));
  const answers = await Promise.all(tokens.map((token) => admissions.admit(token)));
  expect(calls).toEqual([200, 200, 200, 200, 200]);
  expect(mostRunning).toBe(2);
  expect(answers.map((answer) => (answer.ok ? answer.viewer.name : answer.problem.status))).toEqual(
    tokens.map((token) => (token.startsWith("bad") ? 401 : token)),
  );
});

test("while the API is away everyone is told so without waiting for it in turn, and let in when it is back", async () => {
  let now = 0;
  let calls = 0;
  let answer: (tokens: string[]) => Answer = () => away;
  const admissions = new Admissions(
    {
      admit: async (tokens) => {
        calls++;
        now += 5000;
        return answer(tokens);
      },
    },
    () => now,
  );
  const tokens = Array.from({ length: 1000 }, (_, index) => `t${index}`);
  const answers = await Promise.all(tokens.map((token) => admissions.admit(token)));
  expect(new Set(answers.map((each) => (each.ok ? "in" : each.problem.status)))).toEqual(new Set([503]));
  expect(calls).toBe(2);
  now += 500;
  answer = know;
  expect(await admissions.admit("later")).toMatchObject({ ok: true });
});
