import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { EngagementSettings } from "../analytics/engagement-settings.ts";
import type { ReportScope } from "../analytics/report-scope.ts";
import { figuresOfViewers, type ViewerFigures } from "../analytics/report-viewers.ts";
import type { EventStanding } from "../events/event-access.ts";
import { keysetPages } from "../keyset-pages.ts";
import { effectiveRole } from "../streams/stream-access.ts";
import type { Column } from "./csv-lines.ts";
import { type SheetText, sheetText } from "./sheet.ts";

interface PersonRow extends Record<string, unknown> {
  /** As whom they watched: a user's id, or what an anonymous viewer, or a deleted account, is known by. */
  id: string;
  /** Whose seat it is; null without one. */
  user_id: string | null;
  /** Null for who is not signed in. */
  name: string | null;
  /** Null too for a deleted account. */
  email: string | null;
  role: Role | null;
  member_role: EventStanding["memberRole"];
  /** In milliseconds; null without a seat. */
  joined_at: number | null;
  sessions: number;
}
interface AttendeeRow extends PersonRow {
  figures: ViewerFigures | null;
}

const engagementParts = ["watching", "messages", "questions", "upvotes", "votes", "reactions"] as const;
const deeds = ["messages", "questions", "upvotes", "votes", "reactions"] as const;

const columns: Column<AttendeeRow>[] = [
  ["name", ({ name }) => name],
  ["email", ({ email }) => email],
  ["role", ({ role, member_role }) => (role === null ? null : effectiveRole(role, member_role))],
  ["joined_at", ({ joined_at }) => (joined_at === null ? null : new Date(joined_at))],
  ["first_seen_at", ({ figures }) => figures?.firstSeenAt ?? null],
  ["last_seen_at", ({ figures }) => figures?.lastSeenAt ?? null],
  ["watch_seconds", ({ figures }) => figures?.watchSeconds ?? 0],
  ["watch_share", ({ figures }) => figures?.watchShare ?? 0],
  ["sessions_attended", ({ sessions }) => sessions],
  ...deeds.map((deed): Column<AttendeeRow> => [deed, ({ figures }) => figures?.deeds[deed] ?? 0]),
  ["engagement_score", ({ figures }) => figures?.engagement.score ?? 0],
  ...engagementParts.map(
    (part): Column<AttendeeRow> => [`score_${part}`, ({ figures }) => figures?.engagement.parts[part] ?? 0],
  ),
  ["devices", ({ figures }) => figures?.devices.join(", ") ?? null],
  ["browsers", ({ figures }) => figures?.browsers.join(", ") ?? null],
  ["viewer_id", ({ id }) => id],
];

/** As of `now`: seats in the order of joining, and behind them everybody who was there without one. */
export function attendeesSheet(
  db: Database,
  scope: ReportScope,
  engagement: EngagementSettings,
  now: Date,
): SheetText {
  async function* pages() {
    for (const read of [seatedPeople, unseatedViewers]) {
      for await (const page of keysetPages<PersonRow>((after, limit) => read(db, scope, now, after, limit))) {
        const ids = page.map(({ id }) => id);
        const found = await figuresOfViewers(db, scope, engagement, ids);
        const figures = new Map(found.map((each) => [each.viewerId, each]));
        yield page.map((person) => ({ ...person, figures: figures.get(person.id) ?? null }));
      }
    }
  }
  return sheetText(columns, pages());
}

const inEvent = ({ scopeId }: ReportScope): SQL => sql`
  left join members member on member.event_id = ${scopeId} and member.user_id = person.id`;
const personColumns = ({ sessionIds }: ReportScope): SQL => sql`
  person.name, case when person.deleted_at is null then person.email end as email, person.role,
  member.role as member_role,
  (select count(distinct hour.scope_id)::int from viewer_hours hour
   where hour.viewer_id = coalesce(person.watched_as, place.id)
     and hour.scope_id in (select json_array_elements_text(${JSON.stringify(sessionIds)}::json))) as sessions`;

async function seatedPeople(
  db: Database,
  scope: ReportScope,
  now: Date,
  after: PersonRow | null,
  limit: number,
): Promise<PersonRow[]> {
  const behind =
    after === null
      ? sql``
      : sql`and (joined_at, user_id) > (${new Date(after.joined_at ?? 0).toISOString()}::timestamptz, ${after.user_id})`;
  return db.execute<PersonRow>(sql`
    select coalesce(person.watched_as, place.id) as id, place.id as user_id,
      (extract(epoch from place.joined_at) * 1000)::float8 as joined_at, ${personColumns(scope)}
    from (
      select user_id as id, joined_at from attendees
      where event_id = ${scope.scopeId} and joined_at <= ${now.toISOString()}::timestamptz ${behind}
      order by joined_at, user_id limit ${sql.raw(String(limit))}
    ) place join users person on person.id = place.id ${inEvent(scope)}
    order by place.joined_at, place.id`);
}

async function unseatedViewers(
  db: Database,
  scope: ReportScope,
  now: Date,
  after: PersonRow | null,
  limit: number,
): Promise<PersonRow[]> {
  return db.execute<PersonRow>(sql`
    select place.id, null as user_id, null::float8 as joined_at, ${personColumns(scope)}
    from (
      select distinct viewer_id as id from viewer_hours hour
      where scope_id = ${scope.scopeId} and viewer_id > ${after?.id ?? ""} and not exists (
        select from attendees where event_id = ${scope.scopeId} and user_id = hour.viewer_id
          and joined_at <= ${now.toISOString()}::timestamptz)
        -- What a deleted account watched stands beside its seat. By itself, since both have an index.
        and not exists (
          select from users gone join attendees seat on seat.event_id = ${scope.scopeId} and seat.user_id = gone.id
            and seat.joined_at <= ${now.toISOString()}::timestamptz
          where gone.watched_as = hour.viewer_id)
      order by viewer_id limit ${sql.raw(String(limit))}
    ) place left join users person on person.id = place.id ${inEvent(scope)}
    order by place.id`);
}
