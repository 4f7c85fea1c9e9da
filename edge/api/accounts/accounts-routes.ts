import { Hono } from "hono";
import { deleteCookie } from "hono/cookie";
import * as v from "valibot";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import { Email, LoginRequest, Me, RegisterRequest, SignedIn } from "../../protocol/accounts.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { requireUser, sessionCookie } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import { hashOfNobody } from "../password-hashing/stored-hash.ts";
import { tellGateways } from "../realtime/revocations.ts";
import { type ApiEnv, clientAddress } from "../request-context.ts";
import { validate } from "../validate.ts";
import { presentLogin, presentUser } from "./account-views.ts";
import { findUserByEmail, holdPassword, insertUser } from "./accounts-queries.ts";
import { createAttemptLimiter } from "./attempt-limiter.ts";
import { endLogins } from "./logins-queries.ts";
import { signIn } from "./sign-in.ts";
import { giveBackAttempts, loginLimits, registrationLimits, takeAttempts } from "./sign-in-limits.ts";

const tag = "Authentication";

export function accountsRoutes(deps: ApiDependencies) {
  const { db, environment, passwordHasher } = deps;
  const limiter = createAttemptLimiter(deps.redis, deps.log, deps.clock);
  const routes = new Hono<ApiEnv>()
    .post(
      "/api/auth/register",
      operation({
        id: "registerUser",
        secretAnswer: true,
        summary: "Register a new user",
        tag,
        answers: { 201: { description: "The user, signed in", schema: SignedIn } },
        problems: ["email-taken", ...bodyProblems, "too-many-requests"],
      }),
      validate("json", RegisterRequest),
      async (c) => {
        const { email, password, name } = c.req.valid("json");
        await takeAttempts(limiter, registrationLimits(environment.limits, clientAddress(c)));
        // Asked before the hash is paid for; the constraint decides between two at once.
        if (await findUserByEmail(db, email)) throw new Problem("email-taken");
        const passwordHash = await passwordHasher.hash(password);
        const id = newIdentifier("user");
        const body = await db
          .transaction(async (transaction) => {
            const user = await insertUser(transaction, { id, email, name, passwordHash });
            return signIn(c, deps, transaction, user, null);
          })
          .catch((error: unknown) => {
            const taken = violatedConstraint(error)?.constraint === "users_email_taken";
            throw taken ? new Problem("email-taken") : error;
          });
        return c.json(body satisfies SignedIn, 201);
      },
    )
    .post(
      "/api/auth/login",
      operation({
        id: "logIn",
        secretAnswer: true,
        summary: "Log in",
        tag,
        answers: { 200: { description: "The user, signed in", schema: SignedIn } },
        problems: ["bad-credentials", ...bodyProblems, "too-many-requests"],
      }),
      validate("json", LoginRequest),
      async (c) => {
        const { email, password, deviceName } = c.req.valid("json");
        const limits = await loginLimits(environment.limits, email, clientAddress(c));
        await takeAttempts(limiter, limits);
        let failed = false;
        try {
          // What cannot be an email is nobody's, and takes the same way and time as an unknown one.
          const user = v.is(Email, email) ? await findUserByEmail(db, email) : null;
          const matches = await passwordHasher.verify(password, user?.passwordHash ?? hashOfNobody);
          if (!user || !matches) {
            failed = true;
            throw new Problem("bad-credentials");
          }
          const body = await db.transaction(async (transaction) => {
            // A password that was changed while it was being verified lets nobody in any more.
            if (!(await holdPassword(transaction, user))) throw new Problem("bad-credentials");
            return signIn(c, deps, transaction, user, deviceName ?? null);
          });
          return c.json(body satisfies SignedIn, 200);
        } finally {
          // Only failures count: a conference signs in from one address.
          if (!failed) await giveBackAttempts(limiter, limits);
        }
      },
    )
    .post(
      "/api/auth/logout",
      operation({
        id: "logOut",
        summary: "Log out: the token ends, and the sockets opened with it",
        tag,
        answers: { 204: { description: "Logged out" } },
      }),
      async (c) => {
        const { user, login } = requireUser(c);
        const revocations = await db.transaction((transaction) =>
          endLogins(transaction, user.id, deps.clock(), { only: login.id }),
        );
        tellGateways(deps, revocations);
        deleteCookie(c, sessionCookie, { path: "/" });
        return c.body(null, 204);
      },
    )
    .get(
      "/api/auth/me",
      operation({
        id: "getMe",
        summary: "The current user and login",
        tag,
        answers: { 200: { description: "Who you are", schema: Me } },
      }),
      (c) => {
        const { user, login } = requireUser(c);
        c.header("cache-control", "no-store");
        return c.json({ user: presentUser(user), session: presentLogin(login, login.id) } satisfies Me);
      },
    );

  return routes;
}

const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;
