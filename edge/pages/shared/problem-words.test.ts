import * as v from "valibot";
import { expect, test } from "vitest";
import { DisplayName } from "../../protocol/accounts.ts";
import { problemBody } from "../../protocol/problem.ts";
import { describeProblem, describeSeconds } from "./problem-words.ts";

test("a rate limit says when one may speak again", () => {
  const problem = problemBody("too-many-requests", { retryAfterSeconds: 6.2 });
  expect(describeProblem(problem)).toBe("That was a little fast. Try again in 7 seconds.");
});

test("a validation problem names the field", () => {
  const problem = problemBody("invalid", {
    errors: [{ pointer: "/email", detail: "is not an email address" }],
  });
  expect(describeProblem(problem)).toBe("Email is not an email address.");
  expect(describeProblem(problem, { email: { label: "Your address" } })).toBe(
    "Your address is not an email address.",
  );
});

test("what is left empty is missing, and no length is told", () => {
  const titled = v.safeParse(v.object({ title: DisplayName }), { title: " " });
  const problem = problemBody("invalid", {
    errors: [{ pointer: "/title", detail: titled.issues?.[0].message ?? "" }],
  });
  expect(describeProblem(problem)).toBe("Title is missing.");
});

test("a problem this page does not know speaks for itself", () => {
  expect(describeProblem({ type: "/problems/new-one", title: "A new thing", status: 409 })).toBe(
    "A new thing.",
  );
});

test("waits are rounded up", () => {
  expect([0, 1, 1.1, 59, 61, 3_600, 5_400, 7_201, 86_400, 200_000].map(describeSeconds)).toEqual([
    "1 second",
    "1 second",
    "2 seconds",
    "59 seconds",
    "2 minutes",
    "1 hour",
    "90 minutes",
    "3 hours",
    "1 day",
    "3 days",
  ]);
});
