/** POST /api/users/import: what goes in, and the lines that come back (NDJSON, one object a line). */
import * as v from "valibot";
import { Role } from "./accounts.ts";
import { identifier } from "./identifier.ts";

export const importLimits = {
  /** Of a CSV file. */
  fileBytes: 64 * 1024 * 1024,
  /** Of a JSON body, which is parsed as a whole. */
  jsonBytes: 16 * 1024 * 1024,
  rows: 100_000,
  fieldBytes: 64 * 1024,
} as const;

const flag = v.pipe(
  v.picklist(["true", "false"]),
  v.transform((text) => text === "true"),
);

export const ImportQuery = v.object({
  /** Tells what would be done, and does nothing. */
  dryRun: v.optional(flag, "false"),
  /** Everyone in the file joins this event, and roles hold there instead of everywhere. */
  eventId: v.optional(identifier("event")),
  /** For rows that name no role. */
  role: v.optional(Role),
});
export type ImportQuery = v.InferOutput<typeof ImportQuery>;

/** Each user is judged by itself, so one bad entry is that entry's problem. */
export const ImportJson = v.object({ users: v.array(v.unknown()) });

export const ImportStatus = v.picklist(["created", "updated", "skipped", "invalid"]);
export type ImportStatus = v.InferOutput<typeof ImportStatus>;
export const ImportCounts = v.object({
  created: v.number(),
  updated: v.number(),
  skipped: v.number(),
  invalid: v.number(),
});
export type ImportCounts = v.InferOutput<typeof ImportCounts>;

export const ImportMessage = v.variant("type", [
  v.object({ type: v.literal("progress"), done: v.number(), total: v.number() }),
  /** `line`: of the file, where the row begins; of JSON, the place in `users`, from 1. */
  v.object({
    type: v.literal("row"),
    line: v.number(),
    status: ImportStatus,
    detail: v.optional(v.string()),
  }),
  v.object({ type: v.literal("summary"), ...ImportCounts.entries, dryRun: v.boolean() }),
  /** Stands last instead of a summary: what came before it was done, and running the file again does the rest. */
  v.object({
    type: v.literal("error"),
    problem: v.object({ type: v.string(), title: v.string(), status: v.number() }),
  }),
]);
export type ImportMessage = v.InferOutput<typeof ImportMessage>;
