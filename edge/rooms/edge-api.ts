import * as v from "valibot";
import {
  type ActivityReport,
  AdmissionResponse,
  type CommitCommand,
  CommitResponse,
  EventJoinResponse,
  LogPage,
  OthersResponse,
  PresenceReport,
  PresenceResponse,
  RevocationsResponse,
  SessionJoinResponse,
  SnapshotResponse,
  type Viewer,
} from "../protocol/internal-rooms.ts";
import { createLog, describeError } from "../protocol/log.ts";
import { ProblemBody } from "../protocol/problem.ts";
import { EventState } from "../protocol/realtime.ts";
import { unavailable } from "./problem-response.ts";

/** `again`: the same call may succeed later (API away, 5xx, 429). The problem is fit for clients either way. */
export type Answer<T> = { ok: true; value: T } | { ok: false; again: boolean; problem: ProblemBody };

const log = createLog("rooms");
const Nothing = v.unknown();

export interface EdgeApiSettings {
  EDGE_INTERNAL_URL: string;
  INTERNAL_API_KEY: string;
}

/** The edge API's `/internal` routes for rooms (edge/protocol/internal-rooms.ts). No method throws. */
export class EdgeApi {
  readonly #settings: EdgeApiSettings;

  constructor(settings: EdgeApiSettings) {
    this.#settings = settings;
  }

  admit(tokens: string[]): Promise<Answer<v.InferOutput<typeof AdmissionResponse>>> {
    return this.#call("POST", "/realtime/admission", AdmissionResponse, { tokens });
  }

  /** Asked all the time, so that its failures are not logged: others say that the API is away. */
  revocations(since: string | null) {
    const query = since === null ? "" : `?since=${encodeURIComponent(since)}`;
    return this.#call("GET", `/realtime/revocations${query}`, RevocationsResponse, undefined, () => {});
  }

  joinSession(sessionId: string, viewers: Viewer[]) {
    return this.#call("POST", `/sessions/${sessionId}/join`, SessionJoinResponse, { viewers });
  }

  joinEvent(eventId: string, viewers: Viewer[]) {
    return this.#call("POST", `/events/${eventId}/join`, EventJoinResponse, { viewers });
  }

  commit(sessionId: string, commands: CommitCommand[]) {
    return this.#call("POST", `/sessions/${sessionId}/commit`, CommitResponse, { commands });
  }

  readLog(sessionId: string, after: number, limit: number) {
    return this.#call("GET", `/sessions/${sessionId}/log?after=${after}&limit=${limit}`, LogPage);
  }

  snapshot(sessionId: string) {
    return this.#call("GET", `/sessions/${sessionId}/snapshot`, SnapshotResponse);
  }

  eventState(eventId: string) {
    return this.#call("GET", `/events/${eventId}/state`, EventState);
  }

  reportPresence(report: v.InferInput<typeof PresenceReport>) {
    return this.#call("POST", "/presence", v.nullable(PresenceResponse), v.parse(PresenceReport, report));
  }

  /** Asked all the time, as revocations are. Null when nothing is known. */
  async others(of: "sessions" | "events", id: string): Promise<OthersResponse | null> {
    const answer = await this.#call("GET", `/${of}/${id}/others`, OthersResponse, undefined, () => {});
    return answer.ok ? answer.value : null;
  }

  reportActivity(sessionId: string, report: ActivityReport) {
    return this.#call("POST", `/sessions/${sessionId}/activity`, Nothing, report);
  }

  async #call<S extends v.GenericSchema>(
    method: "GET" | "POST",
    path: string,
    schema: S,
    body?: unknown,
    warn: typeof log.warn = (event, fields) => log.warn(event, fields),
  ): Promise<Answer<v.InferOutput<S>>> {
    try {
      const response = await fetch(`${this.#settings.EDGE_INTERNAL_URL}/internal${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#settings.INTERNAL_API_KEY}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5000),
      });
      const text = await response.text();
      if (response.ok) {
        return { ok: true, value: v.parse(schema, text === "" ? null : JSON.parse(text)) };
      }
      return refusal(response.status, text, path, warn);
    } catch (error) {
      warn("edge-api-unreachable", { path, error: describeError(error) });
      return { ok: false, again: true, problem: unavailable() };
    }
  }
}

/** Refusals of the request itself are handed on; everything else is "away", whatever its text says. */
function refusal(status: number, text: string, path: string, warn: typeof log.warn): Answer<never> {
  const problem = v.safeParse(ProblemBody, parseJson(text));
  // 403 is the internal guard: our own key is wrong. A 401 can also be the client's token.
  const handedOn = status >= 400 && status < 500 && status !== 403 && status !== 429;
  if (handedOn && problem.success) return { ok: false, again: false, problem: problem.output };
  warn("edge-api-refused", { path, status });
  return { ok: false, again: status >= 500 || status === 429, problem: unavailable() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
