/** Every figure that the API answers has its one definition beside it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { figures } from "../../protocol/figures.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

let api: TestApi;
let text: string;
let schemas: Record<string, Schema>;
beforeAll(async () => {
  api = await createTestApi();
  text = await (await api.publicApp.request("/api/openapi.json")).text();
  schemas = JSON.parse(text).components.schemas;
});
afterAll(() => api.drop());

const definitions = new Set<string>(Object.values(figures));

/** Where in a schema there is a number that neither itself nor a list or group around it is defined. */
function undefinedNumbers(schema: Schema, path: string, isDefined = false): string[] {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return undefinedNumbers(schemas[name] ?? {}, `${path}(${name})`, isDefined);
  }
  const defined = isDefined || definitions.has(schema.description ?? "");
  if (schema.type === "number" || schema.type === "integer") return defined ? [] : [path];
  return [
    ...(schema.anyOf ?? []).flatMap((choice) => undefinedNumbers(choice, path, defined)),
    ...(schema.items ? undefinedNumbers(schema.items, `${path}[]`, defined) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      undefinedNumbers(field, `${path}.${name}`, defined),
    ),
  ];
}

test("each number of an event's report is defined in figures, word for word", () => {
  expect(undefinedNumbers({ $ref: "#/components/schemas/EventAnalytics" }, "")).toEqual([]);
  // The walk does find one that is not.
  const more = { properties: { ...schemas.EventAnalytics?.properties, more: { type: "number" } } };
  expect(undefinedNumbers(more, "")).toEqual([".more"]);
});

test("wherever viewers are counted, it says which count it is", () => {
  const counts = new Set([
    "viewers",
    "peakViewers",
    "viewersNow",
    "uniqueViewers",
    "watchSeconds",
    "watchShare",
  ]);
  const undefined_ = Object.entries(schemas).flatMap(([name, schema]) =>
    undefinedNumbers(schema, name).filter((path) => counts.has(path.split(".").at(-1) ?? "")),
  );
  expect(undefined_).toEqual([]);
});

test("the report's page in the documentation tells what each figure means", () => {
  const { description } = JSON.parse(text).paths["/api/events/{id}/analytics"].get;
  for (const [name, definition] of Object.entries(figures)) {
    expect(description).toContain(`| \`${name}\` | ${definition} |`);
  }
});
