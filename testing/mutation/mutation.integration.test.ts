/**
 * Feeds every operation of the OpenAPI document what it does not expect, as several callers. `MUTATION_SEED` and
 * `MUTATION_RUNS` (random requests an operation) repeat or widen a run; a failure prints the seed.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operationIds } from "../../edge/api/authorisation/operations.ts";
import { createTestApi, type TestApi } from "../../edge/api/test-application.ts";
import { type DocumentedOperation, type OpenApiDocument, operationsOf } from "./documented-operation.ts";
import { describeMutations } from "./mutated-request.ts";
import { type CallerName, MutationStage } from "./mutation-stage.ts";
import { anyMutation, worstMutations } from "./request-mutations.ts";

const seed = Number(process.env.MUTATION_SEED ?? 20_260_701);
const numRuns = Number(process.env.MUTATION_RUNS ?? 70);
/** Whose hashes take longer than all else together. */
const hashing = new Set(["registerUser", "logIn", "changePassword", "resetPassword"]);
/** Mostly those who get past the gate. */
const people: CallerName[] = [
  "admin",
  "admin",
  "admin",
  "member",
  "moderator of the event",
  "nobody",
  "attendee",
  "moderator",
];

let api: TestApi;
let stage: MutationStage;
let operations: Map<string, DocumentedOperation>;
beforeAll(async () => {
  api = await createTestApi();
  stage = await MutationStage.open(api);
  const answer = await api.publicApp.request("/api/openapi.json");
  operations = new Map(
    operationsOf((await answer.json()) as OpenApiDocument).map((operation) => [operation.id, operation]),
  );
});
afterAll(async () => {
  await api.settled();
  await api.drop();
});

test("every operation is in the document that drives the run", () => {
  expect([...operations.keys()].sort()).toEqual([...operationIds].sort());
});

// Hashing passwords is slow, the more so on a busy machine.
describe.each(operationIds)("%s", { timeout: 180_000 }, (id) => {
  test("answers the worst in each place", async () => {
    const operation = operations.get(id)!;
    stage.clear();
    const defects: string[] = [];
    for (const mutation of worstMutations(operation)) {
      const defect = await stage.defectOf(operation, "admin", 0, [mutation]);
      if (defect) defects.push(`${describeMutations([mutation])}: ${defect}`);
    }
    expect(defects).toEqual([]);
  });

  test(`answers what chance makes of them, by the seed ${seed}`, async () => {
    const operation = operations.get(id)!;
    stage.clear();
    const request = fc.record({
      caller: fc.constantFrom(...people),
      subject: fc.nat({ max: 5 }),
      mutations: fc.array(anyMutation(operation), { minLength: 1, maxLength: 3 }),
    });
    const isAnswered = fc.asyncProperty(request, async ({ caller, subject, mutations }) => {
      const defect = await stage.defectOf(operation, caller, subject, mutations);
      if (defect)
        throw new Error(`${caller}, subject ${subject}, ${describeMutations(mutations)}: ${defect}`);
    });
    await fc.assert(isAnswered, { seed, numRuns: hashing.has(id) ? Math.ceil(numRuns / 5) : numRuns });
  });
});

test("the run was large enough, and the log kept small", () => {
  const { requests, slowest, statuses } = stage;
  const met = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  process.stdout.write(
    `mutation run: seed ${seed}, ${operations.size} operations, ${requests} requests, ` +
      `slowest ${Math.round(slowest.ms)} ms (${slowest.operation}); ${met.join(", ")}\n`,
  );
  expect(requests).toBeGreaterThan(5_000);
  expect(Math.max(...api.logLines.map((line) => line.length))).toBeLessThan(20_000);
});
