import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logins } from "../../db/schema/accounts-tables.ts";
import { idempotencyKeys } from "../../db/schema/operations-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import { callInternal, signIn } from "../streams/test-client.ts";
import { makeUser } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

test("after a day it is no longer known from where someone signed in, nor who sent a key without an account", async () => {
  const { db } = api.deps;
  const userId = await makeUser(db);
  const hoursOld = [25, 23];
  const ids = await Promise.all(
    hoursOld.map(async (hours) => {
      const { loginId } = await signIn(api, userId);
      const at = sql`now() - make_interval(hours => ${hours})`;
      await db.update(logins).set({ ip: "192.0.2.7", createdAt: at }).where(eq(logins.id, loginId));
      await db.insert(idempotencyKeys).values({
        ...{ caller: `address:${hours}`, operation: "registerUser", key: newIdentifier("request") },
        ...{ requestHash: "x", holder: "x", heldUntil: new Date(), createdAt: at },
      });
      return loginId;
    }),
  );
  await callInternal(api, "POST", "/internal/tick", 202);
  await api.settled();
  const kept = await db.select().from(logins).where(eq(logins.userId, userId));
  expect(new Map(kept.map(({ id, ip }) => [id, ip]))).toEqual(
    new Map([
      [ids[0], null],
      [ids[1], "192.0.2.7"],
    ]),
  );
  const keys = await db.select({ caller: idempotencyKeys.caller }).from(idempotencyKeys);
  expect(keys).toEqual([{ caller: "address:23" }]);
});
