import type { TestApi } from "../test-application.ts";
import { signIn } from "./test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "./test-scene.ts";

/** A session of a public event, with its speaker (`host`), its moderator, and members; `tokens` are the members'. */
export async function sessionScene(
  api: TestApi,
  members: number,
  session: Parameters<typeof makeSession>[2] = {},
) {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, session);
  const [hostId, moderatorId] = [await makeUser(db), await makeUser(db)];
  await giveRole(db, eventId, hostId, "speaker");
  await giveRole(db, eventId, moderatorId, "moderator");
  const userIds = await makeUsers(db, members);
  await seat(db, eventId, ...userIds);
  const [host, moderator, ...tokens] = await Promise.all(
    [hostId, moderatorId, ...userIds].map(async (id) => (await signIn(api, id)).token),
  );
  return {
    db,
    eventId,
    sessionId,
    hostId,
    moderatorId,
    userIds,
    host: host!,
    moderator: moderator!,
    tokens: tokens as [string, string, ...string[]],
  };
}
