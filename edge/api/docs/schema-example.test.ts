import { expect, test } from "vitest";
import { exampleOf } from "./schema-example.ts";

test("an example has every field, and follows references", () => {
  const components = {
    Person: {
      type: "object",
      properties: { id: { type: "string", pattern: "^usr_[a-z]$" }, email: { type: "string" } },
    },
  };
  const schema = {
    type: "object",
    properties: {
      items: { type: "array", items: { $ref: "#/components/schemas/Person" } },
      nextCursor: { anyOf: [{ type: "null" }, { type: "integer", minimum: 3 }] },
      status: { enum: ["live", "ended"] },
      startsAt: { type: "string", format: "date-time" },
      kind: { oneOf: [{ const: "progress" }, { const: "row" }] },
      both: { allOf: [{ type: "object", properties: { a: { type: "boolean" } } }, { $ref: "#/Person" }] },
    },
  };
  const person = { id: expect.stringMatching(/^usr_\w+$/), email: "ada@example.org" };
  expect(exampleOf(schema, components)).toEqual({
    items: [person],
    nextCursor: 3,
    status: "live",
    startsAt: expect.stringMatching(/Z$/),
    kind: "progress",
    both: { a: true, ...person },
  });
});

test("what a schema does not say is null", () => {
  expect(exampleOf({ $ref: "#/components/schemas/Nothing" }, {})).toBeNull();
});
