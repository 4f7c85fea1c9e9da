import * as v from "valibot";
import {
  type MediaRelay,
  MediaRelays,
  type RecordingReport,
  RecordingsResponse,
  type RelayStatusRequest,
  type SamplesRequest,
} from "../../edge/protocol/internal-aftermath.ts";
import {
  type HeartbeatRequest,
  HeartbeatResponse,
  type MediaCommand,
  MediaCommands,
  PublishDecision,
  ResolveKeyResponse,
  type StreamReport,
  type ViewersRequest,
} from "../../edge/protocol/internal-media.ts";
import { describeError, type LogFields } from "../../edge/protocol/log.ts";

/** The edge said no, in a way that asking again will not change. */
export class EdgeRefusal extends Error {
  override readonly name = "EdgeRefusal";
  readonly status: number;

  constructor(path: string, status: number) {
    super(`the edge answered ${status} to ${path}`);
    this.status = status;
  }
}

/** The edge is away, too slow, or answered something that is not the contract's. */
export class EdgeUnavailable extends Error {
  override readonly name = "EdgeUnavailable";
}

/** An error of these functions for the log: what happened, without stacks of what is nobody's defect. */
export function edgeTrouble(error: unknown): LogFields {
  if (!(error instanceof EdgeUnavailable || error instanceof EdgeRefusal)) return describeError(error);
  const cause = error.cause instanceof Error ? (error.cause.cause ?? error.cause) : undefined;
  return { message: error.message, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}

export interface EdgeClientSettings {
  /** Without a slash at its end. */
  baseUrl: string;
  internalApiKey: string;
  nodeId: string;
}

/**
 * The edge API's `/internal/media` as functions. All throw EdgeRefusal when the edge says no to what
 * was asked, and EdgeUnavailable for everything else that is not the answer; none retries.
 */
export class EdgeClient {
  readonly #settings: EdgeClientSettings;

  constructor(settings: EdgeClientSettings) {
    this.#settings = settings;
  }

  get nodeId(): string {
    return this.#settings.nodeId;
  }

  /** Denied in time beats allowed late: an encoder waits for this. */
  mayPublish(streamKey: string, address: string): Promise<PublishDecision> {
    return this.#post("/internal/media/publish", { streamKey, address }, PublishDecision, 3);
  }

  /** Null when no stream has this key. */
  async resolveKey(streamKey: string): Promise<v.InferOutput<typeof ResolveKeyResponse> | null> {
    try {
      const body = { streamKey };
      return await this.#post("/internal/media/resolve-key", body, ResolveKeyResponse, 3);
    } catch (error) {
      if (error instanceof EdgeRefusal && error.status === 404) return null;
      throw error;
    }
  }

  async report(reports: StreamReport[]): Promise<void> {
    await this.#post("/internal/media/status", { reports }, v.unknown(), 10);
  }

  async viewers(streams: ViewersRequest["streams"]): Promise<void> {
    await this.#post("/internal/media/viewers", { streams }, v.unknown(), 10);
  }

  heartbeat(state: Omit<HeartbeatRequest, "nodeId">): Promise<HeartbeatResponse> {
    return this.#post("/internal/media/heartbeat", state, HeartbeatResponse, 5);
  }

  /** Of the streams that this machine holds, with their keys. */
  async relays(): Promise<MediaRelay[]> {
    const path = `/internal/media/relays?${new URLSearchParams({ nodeId: this.nodeId })}`;
    return (await this.#request("GET", path, null, MediaRelays, 10)).relays;
  }

  async reportRelays(reports: RelayStatusRequest["reports"]): Promise<void> {
    await this.#post("/internal/media/relays/status", { reports }, v.unknown(), 10);
  }

  async samples(streams: SamplesRequest["streams"]): Promise<void> {
    await this.#post("/internal/media/samples", { streams }, v.unknown(), 10);
  }

  /** Waits at the edge for up to `waitSeconds` when there is no order. */
  async commands(after: number, waitSeconds: number, cancel: AbortSignal): Promise<MediaCommand[]> {
    const query = new URLSearchParams({
      nodeId: this.nodeId,
      after: String(after),
      waitSeconds: String(waitSeconds),
    });
    const path = `/internal/media/commands?${query}`;
    const answer = await this.#request("GET", path, null, MediaCommands, waitSeconds + 10, cancel);
    return answer.commands;
  }

  async acknowledge(ids: number[]): Promise<void> {
    await this.#post("/internal/media/commands/acknowledge", { ids }, v.unknown(), 10);
  }

  recordings(reports: RecordingReport[], expired: string[]): Promise<RecordingsResponse> {
    const body = { nodeId: this.nodeId, reports, expired };
    return this.#request("PUT", "/internal/media/recordings", body, RecordingsResponse, 10);
  }

  #post<S extends v.GenericSchema>(
    path: string,
    body: Record<string, unknown>,
    schema: S,
    timeoutSeconds: number,
  ): Promise<v.InferOutput<S>> {
    return this.#request("POST", path, { nodeId: this.nodeId, ...body }, schema, timeoutSeconds);
  }

  async #request<S extends v.GenericSchema>(
    method: "GET" | "POST" | "PUT",
    path: string,
    body: unknown,
    schema: S,
    timeoutSeconds: number,
    cancel?: AbortSignal,
  ): Promise<v.InferOutput<S>> {
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    let status: number;
    let text: string;
    try {
      const response = await fetch(this.#settings.baseUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#settings.internalApiKey}`,
          ...(body === null ? {} : { "content-type": "application/json" }),
        },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        signal: cancel ? AbortSignal.any([timeout, cancel]) : timeout,
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new EdgeUnavailable(`the edge did not answer ${path.split("?")[0]}`, { cause: error });
    }
    if (refuses(status)) throw new EdgeRefusal(path.split("?")[0]!, status);
    if (status >= 300) throw new EdgeUnavailable(`the edge answered ${status} to ${path.split("?")[0]}`);
    const answer = v.safeParse(schema, text === "" ? null : safeJson(text));
    if (!answer.success)
      throw new EdgeUnavailable(`the edge's answer to ${path.split("?")[0]} is not as agreed`);
    return answer.output;
  }
}

/** 401 and 403 are about INTERNAL_API_KEY, not about what was asked: they pass when it is mended. */
function refuses(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
