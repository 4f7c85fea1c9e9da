import { gt, sql } from "drizzle-orm";
import { mediaNodes } from "../../db/schema/streams-tables.ts";
import type { ApiDependencies } from "../dependencies.ts";

export interface HealthChecks {
  database: "ok" | "failing";
  redis: "ok" | "failing";
  rooms: "ok" | "failing";
  media: "ok" | "failing";
}

/** A media node that has been silent for longer is taken for away; it says it is there every 5 s. */
export const heartbeatFreshSeconds = 15;
const patienceMs = 3000;

/** Asks every dependency at once; one that does not answer in three seconds is failing. */
export async function checkHealth(deps: ApiDependencies): Promise<HealthChecks> {
  const [database, redis, rooms, media] = await Promise.all([
    answers(deps.db.execute(sql`select 1`).then(() => true)),
    answers(deps.redis.ping().then((answer) => answer === "PONG")),
    answers(deps.rooms.healthy()),
    answers(hasLivingMediaNode(deps)),
  ]);
  return { database, redis, rooms, media };
}

async function hasLivingMediaNode({ db, clock }: ApiDependencies): Promise<boolean> {
  const since = new Date(clock().getTime() - heartbeatFreshSeconds * 1000);
  const rows = await db
    .select({ id: mediaNodes.id })
    .from(mediaNodes)
    .where(gt(mediaNodes.heartbeatAt, since))
    .limit(1);
  return rows.length > 0;
}

async function answers(check: Promise<boolean>): Promise<"ok" | "failing"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs);
  });
  try {
    return (await Promise.race([check, tooLate])) ? "ok" : "failing";
  } catch {
    return "failing";
  } finally {
    clearTimeout(timer);
  }
}
