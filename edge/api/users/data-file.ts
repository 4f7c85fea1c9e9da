import type { Database } from "../../db/open-database.ts";
import type { Activity } from "../../protocol/user-activity.ts";
import { presentUser } from "../accounts/account-views.ts";
import type { AccountRow } from "../authentication.ts";
import { keysetPages } from "../keyset-pages.ts";
import { listActivity } from "./activity-queries.ts";
import { auditEntries, eventsOf, loginsOf, playsOf, watchingHours } from "./data-queries.ts";

/** What is kept about somebody, as one JSON object whose lists are read page by page. */
export async function* dataFile(
  db: Database,
  user: AccountRow,
  isSelf: boolean,
  now: Date,
): AsyncGenerator<string, void, undefined> {
  const reader = { userId: user.id, isSelf, eventId: null };
  const lists: Record<string, AsyncIterable<readonly object[]>> = {
    logins: loginsOf(db, user.id),
    events: eventsOf(db, user.id),
    activity: keysetPages<Activity>((last, limit) => {
      const after = last && { at: new Date(last.at), id: last.id };
      return listActivity(db, reader, { after, limit });
    }),
    watchingHours: watchingHours(db, user.id),
    players: playsOf(db, user.id),
    audit: auditEntries(db, reader),
  };
  yield `{"exportedAt":${JSON.stringify(now)},\n"account":${JSON.stringify(presentUser(user))}`;
  for (const [name, pages] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    let comma = "\n";
    for await (const page of pages) {
      yield comma + page.map((row) => JSON.stringify(row)).join(",\n");
      comma = ",\n";
    }
    yield "]";
  }
  yield "}\n";
}
