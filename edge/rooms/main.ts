/**
 * The entry of the rooms: `/ws` for clients, `/health` and `/restart` for operators. Everything happens before a room
 * is entered, so that a bad token is a real 401 at the upgrade and a full house a real 429.
 */
import * as v from "valibot";
import { carriesInternalKey } from "../auth/internal-key.ts";
import { Viewer } from "../protocol/internal-rooms.ts";
import { gatewayFor } from "../protocol/realtime.ts";
import { roomPlace, roomUrl } from "../protocol/room-placement.ts";
import { seatHeaders } from "./gateway/seat-headers.ts";
import { guarded } from "./internal-guard.ts";
import type { PartyLobby, PartyRequest, PartyStub } from "./party.ts";
import { problemResponse } from "./problem-response.ts";
import { type RoomsEnvironment, roomsEnvironment } from "./rooms-environment.ts";

export default class Main {
  static onFetch(request: PartyRequest, lobby: PartyLobby): Promise<Response> {
    return guarded("main.onFetch", () => answer(request, lobby), failure);
  }

  /** `/party/*` is nothing: this party has no rooms. */
  static onBeforeConnect(): Response {
    return problemResponse("not-found");
  }

  static onBeforeRequest(): Response {
    return problemResponse("not-found");
  }

  onRequest(): Response {
    return problemResponse("not-found");
  }
}

async function answer(request: PartyRequest, lobby: PartyLobby): Promise<Response> {
  const url = new URL(request.url);
  const parsed = roomsEnvironment(lobby.env);
  if (!parsed.ok) {
    return problemResponse("unavailable", { detail: `wrong or missing: ${parsed.variables.join(", ")}` });
  }
  switch (url.pathname) {
    case "/ws":
      return admit(request, url.searchParams.get("token"), lobby, parsed.environment);
    case "/health":
      return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
    case "/restart":
      return restart(request, lobby, parsed.environment);
    default:
      return problemResponse("not-found");
  }
}

async function admit(
  request: PartyRequest,
  token: string | null,
  lobby: PartyLobby,
  environment: RoomsEnvironment,
): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return problemResponse("malformed", { detail: "This address speaks WebSocket only" });
  }
  if (!token || token.length > 4096) return problemResponse("unauthenticated");
  // A gateway of this process, whoever's: what asks for many at a time needs a place that lasts longer than a request.
  const asking = lobby.parties.gateway!.get(gatewayFor(token, environment.GATEWAYS));
  const admission = await asking.fetch("/admission", { method: "POST", body: JSON.stringify({ token }) });
  if (!admission.ok) return admission;
  return enterGateway(v.parse(Viewer, await admission.json()), lobby, environment);
}

async function enterGateway(
  viewer: Viewer,
  lobby: PartyLobby,
  environment: RoomsEnvironment,
): Promise<Response> {
  const gateway = gatewayStub(gatewayFor(viewer.viewerId, environment.GATEWAYS), lobby, environment);
  const seat = await gateway.fetch("/seats", {
    method: "POST",
    body: JSON.stringify({ viewerId: viewer.viewerId }),
  });
  if (!seat.ok) return seat;
  const reservation = v.parse(v.object({ seat: v.string() }), await seat.json());
  // PartyKit keeps its sockets by `_pk`, which clients could choose; here it is always our own.
  const path = `/?_pk=${reservation.seat}`;
  return gateway.fetch(path, { method: "GET", headers: seatHeaders(viewer, reservation.seat) });
}

/** nginx sends tickets to the process of their gateway; a JWT can land on another one, which passes its frames on. */
function gatewayStub(name: string, lobby: PartyLobby, environment: RoomsEnvironment): PartyStub {
  if (isHere(name, environment)) return lobby.parties.gateway!.get(name);
  return {
    fetch(path, init) {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${environment.INTERNAL_API_KEY}`);
      return fetch(roomUrl(environment.ROOMS_URL, `/parties/gateway/${name}${path}`), { ...init, headers });
    },
  };
}

function isHere(gateway: string, { ROOMS_URL, ROOM_PROCESS }: RoomsEnvironment): boolean {
  return roomPlace("gateway", gateway, ROOMS_URL.length) === ROOM_PROCESS;
}

/**
 * Asks every client to come back (1012), for a supervisor that is about to stop this process: workerd itself says
 * nothing to sockets, and after SIGTERM waits for every one of them.
 */
async function restart(
  request: PartyRequest,
  lobby: PartyLobby,
  environment: RoomsEnvironment,
): Promise<Response> {
  if (!(await carriesInternalKey(request.headers.get("authorization"), environment.INTERNAL_API_KEY))) {
    return problemResponse("not-found");
  }
  if (request.method !== "POST") return problemResponse("method-not-allowed");
  const all = Array.from({ length: environment.GATEWAYS }, (_, index) => `gateway-${index}`);
  const gateways = all.filter((name) => isHere(name, environment));
  await Promise.all(
    gateways.map((name) => lobby.parties.gateway!.get(name).fetch("/restart", { method: "POST" })),
  );
  return new Response(null, { status: 204 });
}

function failure(): Response {
  return problemResponse("internal");
}
