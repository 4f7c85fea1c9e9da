import * as v from "valibot";

/** Query of every list: `limit` 1 to 200 (default 50) and an opaque `cursor`. */
export const listQueryEntries = {
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, "is not a whole number"),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(200),
    ),
    "50",
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(512))),
};

export function listOf<T extends v.GenericSchema>(item: T) {
  return v.object({ items: v.array(item), nextCursor: v.nullable(v.string()) });
}
