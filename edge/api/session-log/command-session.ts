/** How a write that comes by HTTP goes into a session's log: by its room where there is one, and directly otherwise. */
import { newIdentifier } from "../../protocol/identifier.ts";
import type { CommitCommand, CommitResult } from "../../protocol/internal-rooms.ts";
import { Problem, type ProblemBody, type ProblemCode, problemCatalogue } from "../../protocol/problem.ts";
import type { SessionCommand, SessionCommandOf } from "../../protocol/session-commands.ts";
import { requireUser } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { idempotencyHeader } from "../idempotency/answer-once.ts";
import type { ApiContext } from "../request-context.ts";
import { httpRefPrefix } from "./commit-plan.ts";
import { commitSession } from "./commit-session.ts";

type Deps = Pick<ApiDependencies, "rooms" | "commitDb" | "waitUntil">;

/**
 * Has the caller's command committed and answers its ack, as the command's feature gives it. Throws what refused it as
 * a problem. Never with a transaction open.
 */
export async function commandSession<Type extends SessionCommand["type"]>(
  deps: Deps,
  c: ApiContext,
  sessionId: string,
  type: Type,
  data: SessionCommandOf<Type>["data"],
): Promise<unknown> {
  const { id: userId } = requireUser(c).user;
  const command = { userId, ref: await refOf(c), type, data } as unknown as CommitCommand;
  const result = await commitByRoomOrDirectly(deps, sessionId, command);
  if (result.ok) return result.ack;
  throw toProblem(result.problem);
}

/** Under one ref both ways: a room that committed and could not say so has done it once. */
export async function commitByRoomOrDirectly(
  { rooms, commitDb, waitUntil }: Deps,
  sessionId: string,
  command: CommitCommand,
): Promise<CommitResult> {
  const said = await rooms.commandSession(sessionId, command);
  if (said !== null) return said;
  const { firstSeq, events, totals, personal, results } = await commitSession(commitDb, sessionId, [command]);
  if (events.length + totals.length + personal.length > 0) {
    waitUntil(rooms.pokeSession(sessionId, firstSeq + events.length - 1, personal));
  }
  return results[0]!;
}

/** The same for the same Idempotency-Key, also where the process died that was to keep the answer. */
async function refOf(c: ApiContext): Promise<string> {
  const key = c.req.method === "POST" ? c.req.header(idempotencyHeader) : undefined;
  if (key === undefined) return `${httpRefPrefix}${newIdentifier("request")}`;
  const named = new TextEncoder().encode(`${c.req.path}\n${key}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  return (
    httpRefPrefix + Array.from(digest.subarray(0, 24), (byte) => byte.toString(16).padStart(2, "0")).join("")
  );
}

/** What a commit refused, as HTTP answers it. */
function toProblem({ type, detail, retryAfterSeconds, errors }: ProblemBody): Problem {
  const code = type.slice("/problems/".length);
  if (!isProblemCode(code)) return new Problem("internal", { cause: new Error(`unknown problem ${code}`) });
  return new Problem(code, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(errors === undefined ? {} : { errors }),
  });
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCatalogue, code);
}
