import type { Context, ValidationTargets } from "hono";
import { uniqueSymbol, validator } from "hono-openapi";
import type * as v from "valibot";
import { Problem, problemErrors } from "../protocol/problem.ts";
import { requireJsonBody } from "./json-body.ts";

/** Without a type and without content: the validator then takes it for `{}`. */
async function hasNoBody(c: Context): Promise<boolean> {
  return c.req.header("content-type") === undefined && (await c.req.text()) === "";
}

/**
 * Parses one part of a request by its schema and documents it. A failure is a problem that names the fields and
 * never repeats what was sent; a path that is no id of ours is simply not there. A JSON body that `mayBeAbsent` is
 * `{}` then.
 */
export function validate<Target extends keyof ValidationTargets, Schema extends v.GenericSchema>(
  target: Target,
  schema: Schema,
  { mayBeAbsent = false }: { mayBeAbsent?: boolean } = {},
) {
  const inner = validator(
    target,
    schema,
    (result) => {
      if (result.success) return;
      if (target === "param") throw new Problem("not-found");
      throw new Problem("invalid", {
        errors: problemErrors(result.error as unknown as readonly v.BaseIssue<unknown>[]),
      });
    },
    // What a client sends, rather than what a handler gets after defaults and transformations.
    { options: { typeMode: "input" } } as never,
  );
  if (target !== "json") return inner;
  const checked: typeof inner = async (c, next) => {
    if (!(mayBeAbsent && (await hasNoBody(c)))) await requireJsonBody(c);
    // The schemas take a list for an object without fields.
    if ((await c.req.text()).trimStart().startsWith("[")) {
      throw new Problem("invalid", { errors: [{ pointer: "/", detail: "is not an object" }] });
    }
    return inner(c, next);
  };
  // What hono-openapi reads the route's documentation from.
  return Object.assign(checked, {
    [uniqueSymbol]: (inner as unknown as Record<symbol, unknown>)[uniqueSymbol],
  });
}
