/** Sends mutated requests to the live API in worlds of their own, judges the answers and keeps count. */
import * as v from "valibot";
import { type OperationId, ruleOf } from "../../edge/api/authorisation/operations.ts";
import { callers } from "../../edge/api/authorisation/test-walk-callers.ts";
import type { WalkSubject } from "../../edge/api/authorisation/test-walk-events.ts";
import { walkPassword, walkRequest } from "../../edge/api/authorisation/test-walk-requests.ts";
import { makeWorld, type World } from "../../edge/api/authorisation/test-walk-world.ts";
import type { TestApi } from "../../edge/api/test-application.ts";
import { ProblemBody, problemCatalogue } from "../../edge/protocol/problem.ts";
import type { DocumentedOperation } from "./documented-operation.ts";
import { mutatedRequest } from "./mutated-request.ts";
import type { Mutation } from "./request-mutations.ts";

export type CallerName = keyof typeof callers;

/** An answer that never comes is a defect; how fast the others are depends on who else uses the machine. */
const hangMs = 20_000;

export class MutationStage {
  requests = 0;
  slowest = { ms: 0, operation: "" };
  readonly statuses = new Map<number, number>();
  readonly #api: TestApi;
  readonly #passwordHash: string;
  readonly #worlds = new Map<CallerName, World>();

  constructor(api: TestApi, passwordHash: string) {
    this.#api = api;
    this.#passwordHash = passwordHash;
  }

  static async open(api: TestApi): Promise<MutationStage> {
    return new MutationStage(api, await api.deps.passwordHasher.hash(walkPassword));
  }

  /** What is wrong with the answer; null when nothing is. */
  async defectOf(
    operation: DocumentedOperation,
    caller: CallerName,
    subjectIndex: number,
    mutations: readonly Mutation[],
  ): Promise<string | null> {
    const world = await this.#world(caller);
    const request = await this.#request(operation, world, subjectIndex, mutations);
    const startedAt = performance.now();
    const response = await Promise.race([this.#api.publicApp.request(request), hang()]);
    if (response === null) return `no answer within ${hangMs} ms`;
    const text = await response.text();
    this.#count(operation.id, response.status, performance.now() - startedAt);
    if (response.ok && spoils(operation)) this.#worlds.delete(caller);
    return defectOfAnswer(operation.id, response, text);
  }

  /** What earlier operations did to the worlds is forgotten. */
  clear(): void {
    this.#worlds.clear();
  }

  async #world(caller: CallerName): Promise<World> {
    const world =
      this.#worlds.get(caller) ?? (await makeWorld(this.#api, callers[caller], this.#passwordHash));
    this.#worlds.set(caller, world);
    return world;
  }

  async #request(
    operation: DocumentedOperation,
    world: World,
    subjectIndex: number,
    mutations: readonly Mutation[],
  ): Promise<Request> {
    const rule = ruleOf(operation.id);
    const subject = at(world.subjects[rule.subject], subjectIndex);
    const { body, contentType, parameters } = await walkRequest(operation.id, {
      api: this.#api,
      world,
      subject,
    });
    const valid = {
      parameters: { ...parameters, [rule.parameter ?? "id"]: subject.id },
      headers: world.token === null ? {} : { authorization: `Bearer ${world.token}` },
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    };
    return mutatedRequest(operation, valid, mutations, (text) =>
      text.replace(
        /@(account|login|event|session|stream|message|question|poll):(\d)@/g,
        (_, kind: keyof World["subjects"], index) => at(world.subjects[kind], Number(index)).id,
      ),
    );
  }

  #count(id: OperationId, status: number, ms: number): void {
    this.requests++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (ms > this.slowest.ms) this.slowest = { ms, operation: id };
  }
}

/** Whether success leaves a world in which the same request could not succeed again. */
function spoils({ id, method }: DocumentedOperation): boolean {
  return method === "DELETE" || ["logOut", "changePassword", "changeUserRole"].includes(id);
}

function defectOfAnswer(id: OperationId, response: Response, text: string): string | null {
  const { status } = response;
  const answer = `${status} ${text.slice(0, 500)}`;
  // No media node, no Redis and no rooms are there, which is what these are asked for.
  if ((id === "getHealth" || id === "listSessionViewers") && status === 503) return null;
  if (status >= 500) return `a server error: ${answer}`;
  if (status < 400) return null;
  if (response.headers.get("content-type") !== "application/problem+json") return `no problem: ${answer}`;
  const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemBody), text);
  if (!problem.success) return `not shaped as a problem: ${answer}`;
  const code = problem.output.type.slice("/problems/".length);
  const known = Object.hasOwn(problemCatalogue, code)
    ? problemCatalogue[code as keyof typeof problemCatalogue]
    : null;
  if (known?.status !== status || problem.output.status !== status) return `not in the catalogue: ${answer}`;
  return /\b(select|insert into|update|delete from)\b.*\$1|\n\s+at |node_modules|drizzle/i.test(text)
    ? `tells what stands behind it: ${answer}`
    : null;
}

function at(subjects: readonly WalkSubject[], index: number): WalkSubject {
  return subjects[index % subjects.length]!;
}

function hang(): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, hangMs, null).unref());
}
