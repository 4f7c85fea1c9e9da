/** What the OpenAPI document says that a request of each operation is made of: the places that can be mutated. */
import type { OperationId } from "../../edge/api/authorisation/operations.ts";

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

export interface Parameter {
  in: "path" | "query" | "header" | "cookie";
  name: string;
  schema?: JsonSchema;
}

export interface OpenApiDocument {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters?: Parameter[];
        requestBody?: { content: Record<string, { schema?: JsonSchema; example?: unknown }> };
      }
    >
  >;
  components?: { schemas?: Record<string, JsonSchema> };
}

export type FieldKind = "text" | "id" | "instant" | "number" | "other";

/** A place in a JSON body; `at` is empty for the body itself. */
export interface BodyField {
  at: string[];
  kind: FieldKind;
  /** What a choice may be. */
  choices: unknown[];
}

export interface DocumentedOperation {
  id: OperationId;
  method: string;
  /** As in the document: `/api/events/{id}`. */
  path: string;
  parameters: Parameter[];
  /** Empty where no JSON body is documented. */
  fields: BodyField[];
  /** A JSON body that is fine, as the document shows it. */
  example: unknown;
}

export function operationsOf(document: OpenApiDocument): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => {
      const { example, schema = schemaOf(example) } = requestBody?.content["application/json"] ?? {};
      return {
        id: operationId as OperationId,
        method: method.toUpperCase(),
        path,
        parameters,
        example,
        fields: schema ? fieldsOf(schema, document.components?.schemas ?? {}) : [],
      };
    }),
  );
}

/** Where a body is read as it streams in, its example is all that tells its shape. */
function schemaOf(example: unknown): JsonSchema | undefined {
  if (example === undefined) return undefined;
  if (Array.isArray(example)) return { type: "array", items: schemaOf(example[0]) ?? {} };
  if (typeof example !== "object" || example === null) return { type: typeof example };
  const properties = Object.entries(example).map(([key, value]) => [key, schemaOf(value) ?? {}] as const);
  return { type: "object", properties: Object.fromEntries(properties) };
}

export function kindOf(schema: JsonSchema): FieldKind {
  const choices = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const has = (type: string) => choices.some((choice) => choice.type === type);
  if (choices.some((choice) => choice.format === "date-time")) return "instant";
  if (choices.some((choice) => /^\^[a-z]{2,3}_/.test(choice.pattern ?? ""))) return "id";
  if (has("string") || schema.enum) return "text";
  return has("number") || has("integer") ? "number" : "other";
}

const deepest = 6;

function fieldsOf(schema: JsonSchema, schemas: Record<string, JsonSchema>, at: string[] = []): BodyField[] {
  const name = schema.$ref?.split("/").at(-1);
  const resolved = name === undefined ? schema : (schemas[name] ?? {});
  if (at.length > deepest) return [];
  const choices = [resolved, ...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])];
  return [
    { at, kind: kindOf(resolved), choices: choices.flatMap((choice) => choice.enum ?? []) },
    ...choices.flatMap((choice) => [
      ...Object.entries(choice.properties ?? {}).flatMap(([key, value]) =>
        fieldsOf(value, schemas, [...at, key]),
      ),
      ...(choice.items ? fieldsOf(choice.items, schemas, [...at, "0"]) : []),
    ]),
  ];
}
