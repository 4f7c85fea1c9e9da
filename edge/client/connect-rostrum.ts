import * as v from "valibot";
import { ProblemBody, problemBody } from "../protocol/problem.ts";
import { RealtimeTicket } from "../protocol/realtime.ts";
import { CommandRefused } from "./command-refused.ts";
import { type ConnectionState, RealtimeClient } from "./realtime-client.ts";

export interface ConnectSettings {
  /** Where Rostrum is: `https://live.example.org`. */
  url: string;
  /** What signing in answered; asked for anew at every attempt where it is a function. Without it one may only read. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** A WebSocket class where the runtime has none (Node 20: that of `ws`). */
  WebSocket?: unknown;
  onConnection?: (state: ConnectionState) => void;
}

/** A connection that opens now and comes back by itself. Call `close()` when done. */
export function connectRostrum(settings: ConnectSettings): RealtimeClient {
  const { url, token, WebSocket, onConnection } = settings;
  const client = new RealtimeClient({
    urls: [new URL("/ws", url).href.replace(/^http/, "ws")],
    fetchTicket: async () => fetchTicket(url, typeof token === "function" ? await token() : token),
    onConnection,
    WebSocket,
  });
  client.connect();
  return client;
}

const ticketMs = 10_000;

async function fetchTicket(url: string, token: string | undefined): Promise<RealtimeTicket> {
  const answer = await fetch(new URL("/api/realtime/ticket", url), {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ticketMs),
  });
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return v.parse(RealtimeTicket, body);
  const problem = v.safeParse(ProblemBody, body);
  throw new CommandRefused(problem.success ? problem.output : problemBody("unavailable"));
}
