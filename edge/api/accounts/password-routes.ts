import { Hono } from "hono";
import {
  ChangePasswordRequest,
  ForgotPasswordRequest,
  ResetPasswordRequest,
} from "../../protocol/accounts.ts";
import { Problem } from "../../protocol/problem.ts";
import { requireUser } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { queueMail, sendDueMails } from "../mail/mail-queue.ts";
import { findTokenHolder, hashPasswordToken } from "../mail/password-tokens.ts";
import { operation } from "../openapi.ts";
import { tellGateways } from "../realtime/revocations.ts";
import { type ApiEnv, clientAddress } from "../request-context.ts";
import { validate } from "../validate.ts";
import { findUserByEmail } from "./accounts-queries.ts";
import { type AttemptLimiter, createAttemptLimiter } from "./attempt-limiter.ts";
import { verifyOwnPassword } from "./own-password.ts";
import { replacePassword, resetPassword } from "./password-changes.ts";
import { forgottenLimits, takeAttempts } from "./sign-in-limits.ts";

const tag = "Authentication";
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** Changing one's password, and getting back in without it. */
export function passwordRoutes(deps: ApiDependencies) {
  const { db, passwordHasher } = deps;
  const limiter = createAttemptLimiter(deps.redis, deps.log, deps.clock);
  const routes = new Hono<ApiEnv>()
    .post(
      "/api/auth/password",
      operation({
        id: "changePassword",
        summary: "Change your password; every other device is signed out",
        tag,
        answers: { 204: { description: "Changed" } },
        problems: ["bad-credentials", "conflict", "too-many-requests", ...bodyProblems],
      }),
      validate("json", ChangePasswordRequest),
      async (c) => {
        const { user, login } = requireUser(c);
        const { current, next } = c.req.valid("json");
        const stored = await verifyOwnPassword(deps, limiter, c, current);
        const revocations = await replacePassword(db, {
          userId: user.id,
          from: stored,
          to: await passwordHasher.hash(next),
          keepLogin: login.id,
          now: deps.clock(),
        });
        // Two changes at once: the other one's password holds, and this caller's `current` is not it any more.
        if (revocations === null) throw new Problem("conflict", { detail: "The password was just changed." });
        tellGateways(deps, revocations);
        return c.body(null, 204);
      },
    )
    .post(
      "/api/auth/password/forgot",
      operation({
        id: "requestPasswordReset",
        summary: "Have a link mailed by which a new password can be chosen",
        tag,
        description:
          "The answer is the same, and as fast, whether or not somebody has this address. The link works once, for 30 minutes.",
        answers: { 202: { description: "If there is such an account, a mail is on its way" } },
        problems: [...bodyProblems],
      }),
      validate("json", ForgotPasswordRequest),
      (c) => {
        const { email } = c.req.valid("json");
        // Behind the answer: how long it takes tells whether there is an account.
        deps.waitUntil(mailResetLink(deps, limiter, email, clientAddress(c)));
        return c.body(null, 202);
      },
    )
    .post(
      "/api/auth/password/reset",
      operation({
        id: "resetPassword",
        summary: "Choose a password by the link of a mail; every device is signed out",
        tag,
        answers: { 204: { description: "The new password holds" } },
        problems: ["bad-credentials", "too-many-requests", ...bodyProblems],
      }),
      validate("json", ResetPasswordRequest),
      async (c) => {
        const { token, next } = c.req.valid("json");
        const tokenHash = await hashPasswordToken(token);
        // Asked before the hash is paid for; what uses the token up decides between two at once.
        if ((await findTokenHolder(db, tokenHash, deps.clock())) === null) throw linkIsOver();
        const passwordHash = await passwordHasher.hash(next);
        const revocations = await resetPassword(db, { tokenHash, passwordHash, now: deps.clock() });
        if (revocations === null) throw linkIsOver();
        tellGateways(deps, revocations);
        return c.body(null, 204);
      },
    );

  return routes;
}

function linkIsOver(): Problem {
  return new Problem("bad-credentials", {
    detail: "This link was used already or is too old: ask for a new one.",
  });
}

/** Never says why no mail leaves: nobody, not even by a limit, learns here which addresses are known. */
async function mailResetLink(
  deps: ApiDependencies,
  limiter: AttemptLimiter,
  email: string,
  address: string | null,
): Promise<void> {
  try {
    if (!deps.mail.leaves) return;
    await takeAttempts(limiter, await forgottenLimits(deps.environment.limits, email, address));
    const user = await findUserByEmail(deps.db, email);
    if (!user) return;
    await queueMail(deps.db, user.id, user.passwordHash === null ? "invitation" : "reset");
    await sendDueMails(deps);
  } catch (error) {
    if (!(error instanceof Problem))
      deps.log.warn("reset-not-mailed", { reason: String((error as Error).name) });
  }
}
