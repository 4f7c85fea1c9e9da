import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { User } from "../../protocol/accounts.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { ChangeRoleRequest, UpdateUserRequest, UserList, UserListQuery } from "../../protocol/users.ts";
import { presentUser } from "../accounts/account-views.ts";
import { audit } from "../audit/audit.ts";
import { requireUser } from "../authentication.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answerWithTag, requireUnchanged } from "../http-validators.ts";
import { forgetPasswordTokens } from "../mail/password-tokens.ts";
import { operation } from "../openapi.ts";
import { recordRevocations, tellGateways } from "../realtime/revocations.ts";
import type { ApiContext, ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { asAccountProblem } from "./account-problems.ts";
import { deleteAccount } from "./delete-account.ts";
import { findUser, listUserRows, lockUser, writeUser } from "./users-queries.ts";

const tag = "Users";
const UserPath = v.object({ id: identifier("user") });
const bodyProblems = ["malformed", "too-large", "unsupported-media-type", "invalid"] as const;

/** People: for admins, and each for themselves. */
export function usersRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/users",
      operation({
        id: "listUsers",
        summary: "List users",
        tag,
        answers: { 200: { description: "Newest first", schema: UserList } },
        problems: ["invalid"],
      }),
      validate("query", UserListQuery),
      async (c) => {
        const { q, role, limit, cursor } = c.req.valid("query");
        const rows = await listUserRows(db, {
          limit: limit + 1,
          ...(q ? { q } : {}),
          ...(role === undefined ? {} : { role }),
          ...(cursor === undefined ? {} : { after: decodeTimeCursor(cursor) }),
        });
        const { items: page, nextCursor } = pageOf(rows, limit, (last) => [
          last.createdAt.toISOString(),
          last.id,
        ]);
        c.header("cache-control", "no-store");
        return c.json({
          items: page.map(presentUser),
          nextCursor,
        } satisfies v.InferOutput<typeof UserList>);
      },
    )
    .get(
      "/api/users/:id",
      operation({
        id: "getUser",
        summary: "Get a user",
        tag,
        answers: { 200: { description: "The user", schema: User } },
        conditional: "read",
        problems: ["not-found"],
      }),
      validate("param", UserPath),
      async (c) => {
        const user = await findUser(db, c.req.valid("param").id);
        if (!user) throw new Problem("not-found");
        return answerWithTag(c, presentUser(user) satisfies User, user.version);
      },
    )
    .put(
      "/api/users/:id",
      operation({
        id: "updateUser",
        summary: "Update a user's name, email or picture",
        tag,
        description: "What is left out stays as it is. `If-Match` guards against lost updates.",
        answers: { 200: { description: "The user as it is now", schema: User } },
        conditional: "write",
        problems: ["not-found", "email-taken", ...bodyProblems],
      }),
      validate("param", UserPath),
      validate("json", UpdateUserRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const change = givenFields(c.req.valid("json"));
        const user = await db
          .transaction(async (transaction) => {
            const before = await lockUser(transaction, id);
            if (!before) throw new Problem("not-found");
            requireUnchanged(c, before.version);
            const changed = Object.keys(change).filter(
              (field) => change[field as keyof typeof change] !== before[field as keyof typeof change],
            );
            if (changed.length === 0) return before;
            // A link that waits in the old mailbox must not open the account any more.
            if (changed.includes("email")) await forgetPasswordTokens(transaction, id);
            await auditOthers(transaction, c, id, { action: "user.updated", detail: { changed } });
            return writeUser(transaction, id, change);
          })
          .catch(asAccountProblem);
        return answerWithTag(c, presentUser(user) satisfies User, user.version);
      },
    )
    .patch(
      "/api/users/:id/role",
      operation({
        id: "changeUserRole",
        summary: "Change a user's global role",
        tag,
        description: "Holds from the next request on; open sockets are closed with 4401 and may come back.",
        answers: { 200: { description: "The user as it is now", schema: User } },
        conditional: "write",
        problems: ["not-found", "last-admin", ...bodyProblems],
      }),
      validate("param", UserPath),
      validate("json", ChangeRoleRequest),
      async (c) => {
        const { id } = c.req.valid("param");
        const { role } = c.req.valid("json");
        const { user, revocations } = await db
          .transaction(async (transaction) => {
            const before = await lockUser(transaction, id);
            if (!before) throw new Problem("not-found");
            requireUnchanged(c, before.version);
            if (before.role === role) return { user: before, revocations: [] };
            const after = await writeUser(transaction, id, { role });
            const detail = { from: before.role, to: role };
            await audit(transaction, c, {
              action: "user.role-changed",
              subject: { kind: "user", id },
              detail,
            });
            return {
              user: after,
              revocations: await recordRevocations(transaction, [{ userId: id, code: 4401 }]),
            };
          })
          .catch(asAccountProblem);
        tellGateways(deps, revocations);
        return answerWithTag(c, presentUser(user) satisfies User, user.version);
      },
    )
    .delete(
      "/api/users/:id",
      operation({
        id: "deleteUser",
        summary: "Delete a user",
        tag,
        description:
          "Everything personal is removed and cannot be brought back; what the person said stays, as said by a deleted user.",
        answers: { 204: { description: "Deleted" } },
        problems: ["not-found", "last-admin"],
      }),
      validate("param", UserPath),
      async (c) => {
        const { id } = c.req.valid("param");
        await deleteAccount(deps, c, id);
        return c.body(null, 204);
      },
    );

  return routes;
}

function givenFields(change: UpdateUserRequest) {
  const { name, email, avatarUrl } = change;
  return {
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
  };
}

/** What people do to their own account is nobody's business. */
async function auditOthers(
  transaction: Database,
  c: ApiContext,
  id: string,
  act: { action: "user.updated"; detail: { changed: string[] } },
): Promise<void> {
  if (requireUser(c).user.id !== id) await audit(transaction, c, { ...act, subject: { kind: "user", id } });
}
