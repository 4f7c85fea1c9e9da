import { Problem } from "../../protocol/problem.ts";
import { readPasswordHash } from "../accounts/password-changes.ts";
import { audit } from "../audit/audit.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { holdBeats } from "../playback/write-beats.ts";
import { recordRevocations, tellGateways } from "../realtime/revocations.ts";
import type { ApiContext } from "../request-context.ts";
import { asAccountProblem } from "./account-problems.ts";
import { anonymiseUser, leaveAllEvents } from "./delete-user.ts";
import { lockUser } from "./users-queries.ts";

/**
 * Deletes an account, in one piece: seats are given up, what is personal goes, logins and sockets end. With
 * `passwordHash` only while that is the account's password; else throws `bad-credentials`. Throws `not-found` and
 * `last-admin`.
 */
export async function deleteAccount(
  deps: ApiDependencies,
  c: ApiContext,
  id: string,
  passwordHash?: string,
): Promise<void> {
  const revocations = await deps.db
    .transaction(async (transaction) => {
      const now = deps.clock();
      await holdBeats(transaction);
      await leaveAllEvents(transaction, id, now);
      if (!(await lockUser(transaction, id))) throw new Problem("not-found");
      if (passwordHash !== undefined && (await readPasswordHash(transaction, id)) !== passwordHash) {
        throw new Problem("bad-credentials");
      }
      await anonymiseUser(transaction, id, now);
      await audit(transaction, c, { action: "user.deleted", subject: { kind: "user", id } });
      return recordRevocations(transaction, [{ userId: id, code: 4401 }]);
    })
    .catch(asAccountProblem);
  tellGateways(deps, revocations);
}
