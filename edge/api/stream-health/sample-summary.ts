/** One sample for many, as charts and what is kept for long have it. */
import { type SQL, sql } from "drizzle-orm";
import type { StreamSample } from "../../protocol/stream-health.ts";

/** How a figure of a group of rows `stream_samples` becomes one: rates as they were on the whole, trouble as it was at worst. */
const summaries = {
  bitrateKbps: (figure) => mean(figure),
  frameRate: (figure) => mean(figure),
  keyframeIntervalSeconds: (figure) => mean(figure),
  droppedFrames: (figure) => sql`sum(${figure})`,
  audioDriftMs: (figure) => sql`(array_agg(${figure} order by abs(${figure}) desc nulls last))[1]`,
  encodingSpeed: (figure) => sql`min(${figure})`,
  backlogSeconds: (figure) => sql`max(${figure})`,
  renditions: (figure) => sql`min(${figure})`,
} satisfies Record<keyof Omit<StreamSample, "at" | "viewers">, (figure: SQL) => SQL>;

/** What the column `sample` of a group of rows becomes. */
export const summaryOfSamples: SQL = sql`jsonb_build_object(${sql.join(
  Object.entries(summaries).map(
    ([name, summarise]) => sql`${sql.raw(`'${name}'`)}, ${summarise(figureOf(name))}`,
  ),
  sql`, `,
)})`;

/** The average of a figure over the time that rows stand for. */
export const averageOf = (name: keyof typeof summaries): SQL => mean(figureOf(name));

function figureOf(name: string): SQL {
  return sql`(sample->>${sql.raw(`'${name}'`)})::float8`;
}

/** Rows that do not have the figure have no say. */
function mean(figure: SQL): SQL {
  return sql`round((sum(${figure} * weight)
    / nullif(sum(weight) filter (where ${figure} is not null), 0))::numeric, 3)::float8`;
}
