/** What can be done to a valid request: every single change that must be tried, and random ones to put together. */
import fc from "fast-check";
import { type DocumentedOperation, type FieldKind, kindOf, type Parameter } from "./documented-operation.ts";
import * as hostile from "./hostile-values.ts";

export type Mutation =
  | { in: "path"; name: string; value: string }
  /** Added to what stands there: a name may come twice. */
  | { in: "query"; name: string; value: string }
  /** Added to what stands there: a header may come twice. */
  | { in: "header"; name: string; value: string }
  /** A place in the JSON body, and its value as a JSON text; without one it is taken away. */
  | { in: "field"; at: string[]; json: string | null }
  | { in: "body"; text: string }
  /** The body that the operation expects, cut at and with bits turned over at parts of its length. */
  | { in: "bytes"; cutAt: number; turnedAt: number[] }
  | { in: "content-type"; value: string };

/** Values by the kind of place they are put in. */
interface Arsenal {
  texts: readonly string[];
  ids: readonly string[];
  instants: readonly string[];
  numbers: readonly string[];
  json: readonly string[];
  bodies: readonly string[];
  contentTypes: readonly string[];
  headers: readonly [name: string, value: string][];
}

const worst: Arsenal = {
  texts: hostile.worstTexts,
  ids: hostile.worstIds,
  instants: hostile.worstInstants,
  numbers: hostile.worstNumbers,
  json: hostile.worstJson,
  bodies: hostile.worstBodies,
  contentTypes: hostile.worstContentTypes,
  headers: hostile.worstHeaders,
};

const all: Arsenal = {
  texts: hostile.hostileTexts,
  ids: hostile.hostileIds,
  instants: hostile.hostileInstants,
  numbers: hostile.hostileNumbers,
  json: hostile.hostileJson,
  bodies: hostile.hostileBodies,
  contentTypes: hostile.hostileContentTypes,
  headers: hostile.hostileHeaders,
};

/** What is tried in every run: the worst values in every place, one at a time. */
export function worstMutations(operation: DocumentedOperation): Mutation[] {
  return singleMutations(operation, worst);
}

function singleMutations(operation: DocumentedOperation, arsenal: Arsenal): Mutation[] {
  const { headers, bodies, contentTypes } = arsenal;
  return [
    ...operation.parameters.flatMap((parameter) => inParameter(parameter, arsenal)),
    ...operation.fields.flatMap(({ at, kind, choices }) => [
      ...[...choices.map((choice) => JSON.stringify(choice)), ...jsonOf(kind, arsenal)].map(
        (json): Mutation => ({ in: "field", at, json }),
      ),
      { in: "field", at, json: null } satisfies Mutation,
    ]),
    ...headers.map(([name, value]): Mutation => ({ in: "header", name, value })),
    ...(operation.method === "GET"
      ? []
      : ([
          ...bodies.map((text): Mutation => ({ in: "body", text })),
          ...contentTypes.map((value): Mutation => ({ in: "content-type", value })),
          { in: "bytes", cutAt: 0.5, turnedAt: [] },
        ] satisfies Mutation[])),
  ];
}

function inParameter(parameter: Parameter, arsenal: Arsenal): Mutation[] {
  const { name } = parameter;
  if (parameter.in === "path") return arsenal.ids.map((value) => ({ in: "path", name, value }));
  if (parameter.in !== "query") return [];
  const kind = kindOf(parameter.schema ?? {});
  const values = [...textsOf(kind, arsenal), ...arsenal.numbers];
  return [
    ...values.map((value): Mutation => ({ in: "query", name, value })),
    { in: "query", name: `${name}[]`, value: "1" },
  ];
}

/** Changes that hostile minds did not think of, and all that they did. */
export function anyMutation(operation: DocumentedOperation): fc.Arbitrary<Mutation> {
  const known = fc.constantFrom(...singleMutations(operation, all));
  const names = operation.parameters.filter((each) => each.in === "query").map(({ name }) => name);
  const pathNames = operation.parameters.filter((each) => each.in === "path").map(({ name }) => name);
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    number(),
  );
  const invented: fc.Arbitrary<Mutation>[] = [
    fc.record({
      in: fc.constant("query"),
      name: fc.oneof(fc.constantFrom(...names, "x"), text),
      value: text,
    }),
    ...(pathNames.length > 0
      ? [fc.record({ in: fc.constant("path"), name: fc.constantFrom(...pathNames), value: text } as const)]
      : []),
    ...(operation.fields.length > 0
      ? [
          fc.record({
            in: fc.constant("field"),
            at: fc.constantFrom(...operation.fields.map(({ at }) => at)),
            json: fc.oneof(
              json,
              text.map((value) => JSON.stringify(value)),
            ),
          } as const),
        ]
      : []),
    ...(operation.method === "GET"
      ? []
      : [
          fc.record({ in: fc.constant("body"), text: fc.oneof(json, text) } as const),
          fc.record({
            in: fc.constant("bytes"),
            cutAt: fc.double({ min: 0, max: 1, noNaN: true }),
            turnedAt: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
          } as const),
        ]),
  ] as fc.Arbitrary<Mutation>[];
  return fc.oneof({ arbitrary: known, weight: 3 }, { arbitrary: fc.oneof(...invented), weight: 2 });
}

function number(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt().map(String),
    fc.constantFrom(...hostile.hostileNumbers),
  );
}

function textsOf(kind: FieldKind, { texts, ids, instants }: Arsenal): readonly string[] {
  if (kind === "id") return [...ids, ...texts];
  return kind === "instant" ? [...instants, ...texts] : texts;
}

function jsonOf(kind: FieldKind, arsenal: Arsenal): string[] {
  const isText = kind !== "other" && kind !== "number";
  const texts = isText ? textsOf(kind, arsenal).map((text) => JSON.stringify(text)) : [];
  return [...texts, ...(kind === "number" ? arsenal.numbers : arsenal.numbers.slice(0, 1)), ...arsenal.json];
}
