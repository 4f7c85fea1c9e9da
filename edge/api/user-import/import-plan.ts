/** What an import does about each row, from what the database has. Pure. */
import type { Role } from "../../protocol/accounts.ts";
import type { ImportStatus } from "../../protocol/user-import.ts";
import type { ReadRow } from "./import-row.ts";

type EventRole = "attendee" | "speaker" | "moderator";

/** An account with a row's email, and what it is to the event. */
export interface KnownUser {
  id: string;
  email: string;
  name: string;
  role: Role;
  joined: boolean;
  memberRole: EventRole | null;
  banned: boolean;
}

export interface ImportSettings {
  eventId: string | null;
  /** For rows that name no role. */
  defaultRole: Role | null;
  newId: () => string;
}

export interface PlannedRow {
  line: number;
  status: ImportStatus;
  detail?: string;
  /** The account concerned; null for one that no act needs. */
  userId: string | null;
  create?: { email: string; name: string; role: Role };
  /** A new name or global role of a known account. */
  change?: { name: string; role: Role; roleChanged: boolean };
  join?: true;
  memberRole?: "speaker" | "moderator";
}

/** Carries from batch to batch what rows have in common: which emails came, and how many seats are left. */
export class ImportPlan {
  readonly #settings: ImportSettings;
  readonly #lineOfEmail = new Map<string, number>();
  /** Free seats of the event; null: no limit. */
  freeSeats: number | null = null;

  constructor(settings: ImportSettings) {
    this.#settings = settings;
  }

  /** `known`: by email, every account that a row of this batch names. */
  planBatch(rows: readonly ReadRow[], known: ReadonlyMap<string, KnownUser>): PlannedRow[] {
    return rows.map((row) => this.#plan(row, known));
  }

  #plan(row: ReadRow, known: ReadonlyMap<string, KnownUser>): PlannedRow {
    const { line } = row;
    const without = (status: "skipped" | "invalid", detail: string): PlannedRow => ({
      line,
      status,
      detail,
      userId: null,
    });
    if ("invalid" in row) return without("invalid", row.invalid);
    const earlier = this.#lineOfEmail.get(row.email);
    if (earlier !== undefined) return without("skipped", `line ${earlier} has this email`);
    this.#lineOfEmail.set(row.email, line);
    const role = row.role ?? this.#settings.defaultRole;
    if (this.#settings.eventId !== null && role === "admin") {
      return without("invalid", "admin is no role in an event");
    }
    const user = known.get(row.email);
    if (user === undefined) return this.#create(line, row.email, row.name, role);
    if (user.banned) return without("skipped", "is banned from the event");
    return this.#update(line, user, row.name, role);
  }

  #create(line: number, email: string, name: string | null, role: Role | null): PlannedRow {
    const inEvent = this.#settings.eventId !== null;
    const create = {
      email,
      name: name ?? nameFromEmail(email),
      role: inEvent ? "attendee" : (role ?? "attendee"),
    } satisfies PlannedRow["create"];
    const planned: PlannedRow = { line, status: "created", userId: this.#settings.newId(), create };
    if (!inEvent) return planned;
    const seat = this.#takeSeat();
    return {
      ...planned,
      ...memberRoleOf(role, null),
      ...(seat ? { join: true } : { detail: "the event is full: has no seat" }),
    };
  }

  #update(line: number, user: KnownUser, name: string | null, role: Role | null): PlannedRow {
    const inEvent = this.#settings.eventId !== null;
    const newRole = inEvent ? user.role : (role ?? user.role);
    const roleChanged = newRole !== user.role;
    if (roleChanged && user.role === "admin") {
      return { line, status: "invalid", detail: "is an admin, whom an import does not demote", userId: null };
    }
    const newName = name ?? user.name;
    const change =
      roleChanged || newName !== user.name ? { change: { name: newName, role: newRole, roleChanged } } : {};
    const member = inEvent ? memberRoleOf(role, user.memberRole) : {};
    const wantsSeat = inEvent && !user.joined;
    const seat = wantsSeat && this.#takeSeat();
    const acts = { ...change, ...member, ...(seat ? { join: true as const } : {}) };
    return {
      line,
      status: Object.keys(acts).length > 0 ? "updated" : "skipped",
      ...(wantsSeat && !seat ? { detail: "the event is full: has no seat" } : {}),
      userId: user.id,
      ...acts,
    };
  }

  #takeSeat(): boolean {
    if (this.freeSeats === null) return true;
    if (this.freeSeats <= 0) return false;
    this.freeSeats--;
    return true;
  }
}

/** Attendees need no row of their own: having joined is what they are. */
function memberRoleOf(role: Role | null, held: EventRole | null): { memberRole?: "speaker" | "moderator" } {
  return (role === "speaker" || role === "moderator") && role !== held ? { memberRole: role } : {};
}

/** What stands before the @, until the person says otherwise. */
function nameFromEmail(email: string): string {
  return email.slice(0, email.lastIndexOf("@"));
}
