/**
 * The one table of who may do what. `operation()` reads it before a handler runs, the OpenAPI document shows it, and a
 * test walks every operation with every kind of caller against it.
 */
import type { AccessRule } from "./access-rule.ts";
import { accountsOperations } from "./accounts-operations.ts";
import { engagementOperations } from "./engagement-operations.ts";
import { eventsOperations } from "./events-operations.ts";
import { streamsOperations } from "./streams-operations.ts";

const platformOperations = {
  getHealth: { who: "anyone", subject: "none" },
  getOpenApiDocument: { who: "anyone", subject: "none" },
  createRealtimeTicket: { who: "whoever-sees", subject: "none" },
  listAudit: { who: "admin", subject: "none" },
} satisfies Record<string, AccessRule>;

export const operationSections = [
  platformOperations,
  accountsOperations,
  eventsOperations,
  streamsOperations,
  engagementOperations,
] as const;

const table = {
  ...platformOperations,
  ...accountsOperations,
  ...eventsOperations,
  ...streamsOperations,
  ...engagementOperations,
};

export type OperationId = keyof typeof table;
export const operationIds = Object.keys(table) as OperationId[];

export function ruleOf(id: OperationId): AccessRule {
  return table[id];
}
