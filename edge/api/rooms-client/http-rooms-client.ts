import * as v from "valibot";
import { CommitResult, type PersonalNews, RoomPeople } from "../../protocol/internal-rooms.ts";
import { describeError, type Log } from "../../protocol/log.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import { roomProcesses, roomUrl } from "../../protocol/room-placement.ts";
import type { RoomsClient } from "./rooms-client.ts";

export interface HttpRoomsClientSettings {
  /** Where the API reaches the rooms: one address, or those of all their processes, separated by commas. */
  roomsUrl: string;
  internalApiKey: string;
  /** How many gateways there are; must be what the rooms themselves count with. */
  gateways: number;
  log: Log;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Pauses before the second and each later attempt, in milliseconds. */
  retryPausesMs?: readonly number[];
  /** The same for telling a session's room that its log has grown. */
  pokePausesMs?: readonly number[];
  timeoutMs?: number;
  /** How long a room may take to commit a command before it is committed without it. */
  commandTimeoutMs?: number;
}

/** After a room has not answered in time, how long its session's commands go without it. */
const silentRoomMs = 3000;

/** The rooms over HTTP: short time-outs, few retries, failures end in the log. */
export function createHttpRoomsClient(settings: HttpRoomsClientSettings): RoomsClient {
  // Called through an arrow: workerd refuses a fetch that is called as another object's method.
  const send = settings.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const processes = roomProcesses(settings.roomsUrl);
  const pauses = settings.retryPausesMs ?? [200, 1000];
  const pokePauses = [200, 1000, 2000, 4000, 8000, 8000];
  const timeoutMs = settings.timeoutMs ?? 2000;
  const mostNews = 1000;

  function request(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    return send(roomUrl(processes, path), {
      method: "POST",
      headers: {
        authorization: `Bearer ${settings.internalApiKey}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal,
    });
  }

  async function attempt(path: string, body: unknown): Promise<"done" | "again" | "refused"> {
    const response = await request(path, body, AbortSignal.timeout(timeoutMs));
    // An unread body keeps the connection from being used again.
    await response.body?.cancel();
    if (response.ok) return "done";
    return response.status >= 500 || response.status === 429 ? "again" : "refused";
  }

  async function post(path: string, bodyOf: () => unknown, pausesMs = pauses): Promise<void> {
    let lastError: unknown = null;
    for (let tries = 0; tries <= pausesMs.length; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, pausesMs[tries - 1]));
      try {
        const outcome = await attempt(path, bodyOf());
        if (outcome === "done") return;
        lastError = outcome;
        if (outcome === "refused") break;
      } catch (error) {
        lastError = error;
      }
    }
    settings.log.warn("rooms-unreachable", {
      path,
      reason: lastError instanceof Error ? lastError.message : String(lastError),
    });
  }

  /** What a room answers, or null when it does not, or not in the protocol's form. */
  async function ask<Schema extends v.GenericSchema>(
    path: string,
    body: unknown,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<v.InferOutput<Schema> | null> {
    try {
      const response = await request(path, body, signal);
      if (response.ok) return v.parse(schema, await response.json());
      await response.body?.cancel();
      return null;
    } catch (error) {
      settings.log.warn("room-not-answering", { path, error: describeError(error) });
      return null;
    }
  }

  /** What is being said to each session's room; what comes meanwhile is said next, together. */
  const pokes = new Map<
    string,
    { head: number; personal: PersonalNews[]; isNew: boolean; said: Promise<void> }
  >();
  const silentUntil = new Map<string, number>();

  function poke(sessionId: string, head: number, personal: readonly PersonalNews[] = []): Promise<void> {
    const running = pokes.get(sessionId);
    if (running) {
      running.head = Math.max(running.head, head);
      running.personal.push(...personal);
      // Also under the same head: a vote changes totals without an event.
      running.isNew = true;
      return running.said;
    }
    const entry = { head, personal: [...personal], isNew: true, said: Promise.resolve() };
    pokes.set(sessionId, entry);
    const say = async (): Promise<void> => {
      let told = 0;
      const newest = () => {
        entry.isNew = false;
        const news = entry.personal.slice(0, mostNews);
        told = news.length;
        return { head: entry.head, ...(news.length === 0 ? {} : { personal: news }) };
      };
      await post(`/parties/session/${sessionId}/poke`, newest, settings.pokePausesMs ?? pokePauses);
      entry.personal.splice(0, told);
      if (entry.isNew || entry.personal.length > 0) return say();
    };
    entry.said = say().finally(() => pokes.delete(sessionId));
    return entry.said;
  }

  return {
    revoke: (request) =>
      post(`/parties/gateway/${gatewayFor(request.userId, settings.gateways)}/revoke`, () => request),
    async recheckEvent(eventId) {
      const names = Array.from({ length: settings.gateways }, (_, index) => `gateway-${index}`);
      await Promise.all(names.map((name) => post(`/parties/gateway/${name}/recheck`, () => ({ eventId }))));
    },
    publishToEvent: (eventId, messages) => post(`/parties/event/${eventId}/publish`, () => ({ messages })),
    pokeSession: poke,
    async commandSession(sessionId, command) {
      if ((silentUntil.get(sessionId) ?? 0) > Date.now()) return null;
      silentUntil.delete(sessionId);
      // Asked below whether its time was up: by the clock, a timer may ring a millisecond early.
      const signal = AbortSignal.timeout(settings.commandTimeoutMs ?? 3000);
      const result = await ask(`/parties/session/${sessionId}/command`, command, CommitResult, signal);
      // One caller waits for a room that hangs, and not each of them.
      if (result === null && signal.aborted) silentUntil.set(sessionId, Date.now() + silentRoomMs);
      // What the room could not do either is tried without it.
      return result?.ok === false && result.problem.status >= 500 ? null : result;
    },
    people: (sessionId) =>
      ask(`/parties/session/${sessionId}/people`, {}, RoomPeople, AbortSignal.timeout(timeoutMs)),
    async healthy() {
      const answers = processes.map(async (url) => {
        const response = await send(`${url}/health`, { signal: AbortSignal.timeout(1000) });
        await response.body?.cancel();
        return response.ok;
      });
      return Promise.all(answers).then(
        (all) => all.every((ok) => ok),
        () => false,
      );
    },
  };
}
