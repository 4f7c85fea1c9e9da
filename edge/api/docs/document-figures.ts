import { figures } from "../../protocol/figures.ts";

/** Of schemas that pages carry with them too, and that a browser need not know the meaning of. */
const figuresOf: Record<string, Record<string, keyof typeof figures>> = {
  Stream: { viewers: "viewersNow", peakViewers: "livePeak" },
};

/** Writes what figures mean beside fields whose schemas do not say it themselves. */
export function documentFigures(document: { components?: { schemas?: unknown } }): void {
  const schemas = (document.components?.schemas ?? {}) as Record<
    string,
    { properties?: Record<string, { description?: string }> }
  >;
  for (const [schema, fields] of Object.entries(figuresOf)) {
    for (const [field, figure] of Object.entries(fields)) {
      const described = schemas[schema]?.properties?.[field];
      if (described) described.description = figures[figure];
    }
  }
}
