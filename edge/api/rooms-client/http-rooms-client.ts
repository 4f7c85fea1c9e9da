import type { Log } from "../../protocol/log.ts";
import { gatewayFor } from "../../protocol/realtime.ts";
import type { RoomsClient } from "./rooms-client.ts";

export interface HttpRoomsClientSettings {
  /** Where the API reaches the rooms, without a trailing slash. */
  roomsUrl: string;
  internalApiKey: string;
  /** How many gateways there are; must be what the rooms themselves count with. */
  gateways: number;
  log: Log;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Pauses before the second and each later attempt, in milliseconds. */
  retryPausesMs?: readonly number[];
  timeoutMs?: number;
}

/** The rooms over HTTP: short time-outs, few retries, failures end in the log. */
export function createHttpRoomsClient(settings: HttpRoomsClientSettings): RoomsClient {
  // Called through an arrow: workerd refuses a fetch that is called as another object's method.
  const send = settings.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const pauses = settings.retryPausesMs ?? [200, 1000];
  const timeoutMs = settings.timeoutMs ?? 2000;

  async function attempt(path: string, body: unknown): Promise<"done" | "again" | "refused"> {
    const response = await send(settings.roomsUrl + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${settings.internalApiKey}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // An unread body keeps the connection from being used again.
    await response.body?.cancel();
    if (response.ok) return "done";
    return response.status >= 500 || response.status === 429 ? "again" : "refused";
  }

  async function post(path: string, body: unknown): Promise<void> {
    let lastError: unknown = null;
    for (let tries = 0; tries <= pauses.length; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, pauses[tries - 1]));
      try {
        const outcome = await attempt(path, body);
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

  return {
    revoke: (request) =>
      post(`/parties/gateway/${gatewayFor(request.userId, settings.gateways)}/revoke`, request),
    async recheckEvent(eventId) {
      const names = Array.from({ length: settings.gateways }, (_, index) => `gateway-${index}`);
      await Promise.all(names.map((name) => post(`/parties/gateway/${name}/recheck`, { eventId })));
    },
    publishToEvent: (eventId, messages) => post(`/parties/event/${eventId}/publish`, { messages }),
    pokeSession: (sessionId, head) => post(`/parties/session/${sessionId}/poke`, { head }),
    async healthy() {
      try {
        const response = await send(`${settings.roomsUrl}/health`, { signal: AbortSignal.timeout(1000) });
        await response.body?.cancel();
        return response.ok;
      } catch {
        return false;
      }
    },
  };
}
