import { carriesInternalKey } from "../auth/internal-key.ts";
import { createLog, describeError } from "../protocol/log.ts";
import type { PartyLobby, PartyRequest } from "./party.ts";
import { problemResponse } from "./problem-response.ts";
import { roomsEnvironment } from "./rooms-environment.ts";

export const roomsLog = createLog("rooms");

type NamedLobby = Pick<PartyLobby, "env"> & { readonly id: string };

/**
 * `onBeforeConnect` and `onBeforeRequest` of a party behind `/ws`: only the API and other rooms come in, and only to
 * rooms whose name is one. Calls from party to party do not pass here; those are ours.
 */
export function internalDoor(party: string, isName: (room: string) => boolean) {
  const door = (handler: string) => (request: PartyRequest, lobby: NamedLobby) =>
    guarded(`${party}.${handler}`, () => admitInternal(request, lobby, isName), failure);
  return { onBeforeConnect: door("onBeforeConnect"), onBeforeRequest: door("onBeforeRequest") };
}

async function admitInternal(
  request: PartyRequest,
  lobby: NamedLobby,
  isName: (room: string) => boolean,
): Promise<PartyRequest | Response> {
  const parsed = roomsEnvironment(lobby.env);
  if (!parsed.ok) return problemResponse("unavailable");
  const key = parsed.environment.INTERNAL_API_KEY;
  if (!(await carriesInternalKey(request.headers.get("authorization"), key)))
    return problemResponse("forbidden");
  return isName(lobby.id) ? request : problemResponse("not-found");
}

/**
 * PartyKit answers with the message of what a handler throws, and takes its `code` for a status. So none throws.
 * `otherwise` is the answer then.
 */
export async function guarded<T>(what: string, work: () => T | Promise<T>, otherwise: () => T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    roomsLog.error("handler-failed", { handler: what, error: describeError(error) });
    return otherwise();
  }
}

/** What is answered in the place of what a handler threw. */
export function failure(): Response {
  return problemResponse("internal");
}
