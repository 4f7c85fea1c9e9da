import SwaggerParser from "@apidevtools/swagger-parser";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApi, type TestApi } from "./test-application.ts";

type Content = Record<
  string,
  { schema?: { $ref?: string }; example?: unknown; examples?: Record<string, { value: unknown }> }
>;
interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description?: string; content?: Content }>;
  requestBody?: { content?: Content };
}
interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

let api: TestApi;
let document: OpenApi;
let text: string;
beforeAll(async () => {
  api = await createTestApi();
  text = await (await api.publicApp.request("/api/openapi.json")).text();
  document = JSON.parse(text) as OpenApi;
});
afterAll(() => api.drop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
  );

test("every route of the API is documented, and nothing else", () => {
  const routed = new Set(
    api.publicApp.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => `${route.method.toLowerCase()} ${route.path.replace(/:(\w+)/g, "{$1}")}`),
  );
  expect(document.openapi).toBe("3.1.0");
  expect(new Set(operations().map(({ name }) => name))).toEqual(routed);
  expect(routed.size).toBeGreaterThan(15);
});

test("every operation has a summary, a tag, an answer and its problems", () => {
  for (const { name, path, operation } of operations()) {
    expect(operation.summary, name).toBeTruthy();
    expect(operation.tags, name).toHaveLength(1);
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.some((status) => status.startsWith("2")),
      name,
    ).toBe(true);
    for (const status of statuses.filter((each) => Number(each) >= 400 && path !== "/api/health")) {
      const content = operation.responses[status]?.content?.["application/problem+json"];
      expect(content?.schema?.$ref, `${name} ${status}`).toBe("#/components/schemas/Problem");
    }
    expect(statuses, name).toEqual(expect.arrayContaining(["500", "503"]));
    for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) {
      expect(
        operation.parameters?.map((each) => `${each.in} ${each.name}`),
        name,
      ).toContain(`path ${parameter}`);
    }
  }
});

test("every operation has an id of its own", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(ids.every((id) => /^[a-z]+[A-Za-z]+$/.test(id ?? ""))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every body that is no picture has an example", () => {
  for (const { name, path, operation } of operations()) {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)];
    for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
      if (type.startsWith("image/") || (type === "application/json" && path === "/api/openapi.json"))
        continue;
      expect(media.example ?? media.examples, `${name} ${type}`).toBeTruthy();
    }
  }
});

test("every example is what its schema describes", () => {
  // Patterns are written for expressions without the `u` flag.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false });
  const validators = new Map<string, ValidateFunction>();
  const schemas = { components: document.components };
  const wrong = operations().flatMap(({ name, operation }) =>
    [operation.requestBody, ...Object.values(operation.responses)]
      .flatMap((body) => Object.entries(body?.content ?? {}))
      .filter(([type, { schema }]) => schema && /[/+]json$/.test(type))
      .flatMap(([, { schema, example, examples }]) => {
        const isValid = validators.get(JSON.stringify(schema)) ?? ajv.compile({ ...schema, ...schemas });
        validators.set(JSON.stringify(schema), isValid);
        const shown = examples ? Object.values(examples).map(({ value }) => value) : [example];
        return shown
          .filter((value) => !isValid(value))
          .map(() => `${name}: ${ajv.errorsText(isValid.errors)}`);
      }),
  );
  expect(wrong).toEqual([]);
});

test("a well-known validator finds nothing to say", async () => {
  const validated = await SwaggerParser.validate(structuredClone(document) as never);
  expect(validated.info.title).toBe("Rostrum");
});

test("every reference leads somewhere", () => {
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
});

test("the internal surface is not in the document", () => {
  expect(text).not.toContain("/internal/");
});
