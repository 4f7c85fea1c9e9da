/** Roles in one event, and bans from it. Each function needs a transaction. */
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { bans, members } from "../../db/schema/events-tables.ts";
import type { MemberRole } from "../../protocol/events.ts";
import type { RevokeRequest } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import { holdsRole } from "../authentication.ts";
import { recordRevocations } from "../realtime/revocations.ts";
import { revokePlaybackOfEvent } from "../streams/event-playback.ts";
import { giveUpPlace, lockSeats, seatWaiting } from "./seats.ts";

export interface MemberChange {
  before: MemberRole | null;
  /** Sockets that must come back, since they were let in with another role; for `tellGateways` after the commit. */
  revocations: RevokeRequest[];
}

/** Throws `not-found` where the event or the user is absent, `conflict` for someone who is banned. */
export async function setMember(
  tx: Database,
  eventId: string,
  userId: string,
  role: MemberRole,
): Promise<MemberChange> {
  await requireEvent(tx, eventId);
  await requireUserRole(tx, userId);
  if (await isBanned(tx, eventId, userId)) {
    throw new Problem("conflict", { detail: "This person is banned from the event. Lift the ban first." });
  }
  const before = await memberRole(tx, eventId, userId);
  await tx
    .insert(members)
    .values({ eventId, userId, role })
    .onConflictDoUpdate({ target: [members.eventId, members.userId], set: { role } });
  return { before, revocations: await revokeChanged(tx, eventId, userId, before, role) };
}

/** Without effect where there is no such role. */
export async function removeMember(tx: Database, eventId: string, userId: string): Promise<MemberChange> {
  await requireEvent(tx, eventId);
  const before = await memberRole(tx, eventId, userId);
  await tx.delete(members).where(isMember(eventId, userId));
  return { before, revocations: await revokeChanged(tx, eventId, userId, before, null) };
}

export interface BanChange {
  ban: typeof bans.$inferSelect;
  isNew: boolean;
  /** People who got the seat. */
  seated: string[];
  revocations: RevokeRequest[];
}

/**
 * Takes seat, place in line and role, and closes the sockets. Staff cannot be banned: their role would let them in.
 * Throws `not-found`, `conflict`.
 */
export async function banUser(
  tx: Database,
  eventId: string,
  userId: string,
  bannedBy: string,
  now: Date,
): Promise<BanChange> {
  await requireEvent(tx, eventId);
  const globalRole = await requireUserRole(tx, userId);
  if (holdsRole(globalRole, "moderator") || (await memberRole(tx, eventId, userId)) === "moderator") {
    throw new Problem("conflict", { detail: "Staff cannot be banned. Take the role away first." });
  }
  const added = await tx
    .insert(bans)
    .values({ eventId, userId, bannedBy, createdAt: now })
    .onConflictDoNothing()
    .returning();
  const [ban] = added.length > 0 ? added : await tx.select().from(bans).where(isBan(eventId, userId));
  await giveUpPlace(tx, eventId, userId);
  await tx.delete(members).where(isMember(eventId, userId));
  if (added.length > 0) await revokePlaybackOfEvent(tx, eventId);
  return {
    ban: ban!,
    isNew: added.length > 0,
    seated: await seatWaiting(tx, eventId, now),
    revocations: await recordRevocations(tx, [{ userId, eventId, code: 4403 }]),
  };
}

/** False where there was no ban. */
export async function unbanUser(tx: Database, eventId: string, userId: string): Promise<boolean> {
  await requireEvent(tx, eventId);
  const lifted = await tx.delete(bans).where(isBan(eventId, userId)).returning({ userId: bans.userId });
  return lifted.length > 0;
}

const isMember = (eventId: string, userId: string) =>
  and(eq(members.eventId, eventId), eq(members.userId, userId));
const isBan = (eventId: string, userId: string) => and(eq(bans.eventId, eventId), eq(bans.userId, userId));

/** Also takes the event's row, so that a role, a ban and a join that meet take turns. */
async function requireEvent(tx: Database, eventId: string): Promise<void> {
  if (!(await lockSeats(tx, eventId))) throw new Problem("not-found");
}

/** The global role, which nobody changes meanwhile. */
async function requireUserRole(tx: Database, userId: string) {
  const [user] = await tx
    .select({ role: users.role })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.deletedAt)))
    .for("share");
  if (!user) throw new Problem("not-found");
  return user.role;
}

async function memberRole(tx: Database, eventId: string, userId: string): Promise<MemberRole | null> {
  const [row] = await tx.select({ role: members.role }).from(members).where(isMember(eventId, userId));
  return row?.role ?? null;
}

async function isBanned(tx: Database, eventId: string, userId: string): Promise<boolean> {
  const rows = await tx.select({ userId: bans.userId }).from(bans).where(isBan(eventId, userId));
  return rows.length > 0;
}

/** A raise takes effect when it is asked for; only staff hear more, and so have to come in anew. */
async function revokeChanged(
  tx: Database,
  eventId: string,
  userId: string,
  before: MemberRole | null,
  after: MemberRole | null,
): Promise<RevokeRequest[]> {
  const lowered = before !== null && (after === null || !holdsRole(after, before));
  const becameStaff = after === "moderator" && before !== "moderator";
  if (!lowered && !becameStaff) return [];
  return recordRevocations(tx, [{ userId, eventId, code: 4401 }]);
}
