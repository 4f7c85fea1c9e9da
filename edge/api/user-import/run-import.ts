import type { Database } from "../../db/open-database.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { RevokeRequest } from "../../protocol/internal-rooms.ts";
import type { ImportCounts, ImportMessage } from "../../protocol/user-import.ts";
import { recordRevocations } from "../realtime/revocations.ts";
import { ImportPlan, type PlannedRow } from "./import-plan.ts";
import * as queries from "./import-queries.ts";
import type { ImportRow, ReadRow } from "./import-row.ts";

export interface ImportOrder {
  dryRun: boolean;
  eventId: string | null;
  defaultRole: ImportRow["role"];
  /** Whether mails can leave, so that new accounts get an invitation. */
  invites: boolean;
  clock: () => Date;
}

export interface ImportedBatch {
  messages: ImportMessage[];
  /** What gateways have to be told. */
  revocations: RevokeRequest[];
}

const batchSize = 1000;

/**
 * Imports rows batch by batch; each batch is one transaction and what it answers is done. Running the same rows again
 * creates nothing and goes on where an earlier run ended.
 */
export class UserImport {
  readonly counts: ImportCounts & { invited: number } = {
    created: 0,
    updated: 0,
    skipped: 0,
    invalid: 0,
    invited: 0,
  };
  readonly #db: Database;
  /** Those that are still to come: what is done need not be kept. */
  readonly #rows: ReadRow[];
  readonly #total: number;
  readonly #order: ImportOrder;
  readonly #plan: ImportPlan;
  #done = 0;

  constructor(db: Database, rows: ReadRow[], order: ImportOrder) {
    this.#db = db;
    this.#rows = rows;
    this.#total = rows.length;
    this.#order = order;
    const { eventId, defaultRole } = order;
    this.#plan = new ImportPlan({ eventId, defaultRole, newId: () => newIdentifier("user") });
  }

  /** Null when every row is done. */
  async nextBatch(): Promise<ImportedBatch | null> {
    const rows = this.#rows.splice(0, batchSize);
    if (rows.length === 0) return null;
    const { planned, revocations } = this.#order.dryRun
      ? await this.#rehearse(rows)
      : await this.#carryOut(rows);
    this.#done += rows.length;
    for (const { status } of planned) this.counts[status]++;
    const messages = planned.map(
      ({ line, status, detail }): ImportMessage => ({
        type: "row",
        line,
        status,
        ...(detail === undefined ? {} : { detail }),
      }),
    );
    messages.push({ type: "progress", done: this.#done, total: this.#total });
    return { messages, revocations };
  }

  async #rehearse(rows: readonly ReadRow[]) {
    const { eventId } = this.#order;
    if (eventId !== null && this.#done === 0) {
      this.#plan.freeSeats = (await queries.readImportedEvent(this.#db, eventId))?.freeSeats ?? null;
    }
    const known = await queries.readKnownUsers(this.#db, emailsOf(rows), eventId);
    return { planned: this.#plan.planBatch(rows, known), revocations: [] };
  }

  #carryOut(rows: readonly ReadRow[]) {
    const { eventId } = this.#order;
    return this.#db.transaction(async (transaction) => {
      const now = this.#order.clock();
      if (eventId !== null) {
        const event = await queries.lockImportedEvent(transaction, eventId, now);
        if (event === null) throw new Error("the event was deleted during the import");
        this.#plan.freeSeats = event.freeSeats;
      }
      const known = await queries.readKnownUsers(transaction, emailsOf(rows), eventId);
      const wanted = this.#plan.planBatch(rows, known);
      const created = await queries.createUsers(transaction, wanted, now);
      const planned = wanted.map((row) => (row.create && !created.has(row.userId!) ? overtaken(row) : row));
      await queries.changeUsers(transaction, planned);
      if (eventId !== null) {
        await queries.seatUsers(transaction, eventId, planned, now);
        await queries.giveMemberRoles(transaction, eventId, planned);
      }
      if (this.#order.invites) {
        await queries.queueInvitations(transaction, [...created], eventId);
        this.counts.invited += created.size;
      }
      return { planned, revocations: await recordRevocations(transaction, this.#revocationsOf(planned)) };
    });
  }

  /** Open sockets of people whose role changed: they come back with the new one. */
  #revocationsOf(planned: readonly PlannedRow[]) {
    const { eventId } = this.#order;
    return planned.flatMap(({ userId, create, change, memberRole }) => {
      if (userId === null || create) return [];
      if (change?.roleChanged) return [{ userId, code: 4401 as const }];
      return memberRole && eventId ? [{ userId, eventId, code: 4401 as const }] : [];
    });
  }
}

function emailsOf(rows: readonly ReadRow[]): string[] {
  return rows.flatMap((row) => ("email" in row ? [row.email] : []));
}

function overtaken({ line }: PlannedRow): PlannedRow {
  return { line, status: "skipped", detail: "was registered a moment ago", userId: null };
}
