/**
 * The part of PartyKit's surface that the parties use, as structural types: PartyKit's own come from an older
 * workers-types whose Request and Response do not fit ours.
 */
export interface PartyRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}

/** A socket that came in. Its `id` is chosen by whoever connects: never an identity. */
export interface PartyConnection {
  readonly id: string;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface PartyRoom {
  readonly id: string;
  readonly env: Record<string, unknown>;
}

export interface PartyStub {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export interface PartyLobby {
  readonly env: Record<string, unknown>;
  readonly parties: Record<string, { get(id: string): PartyStub }>;
}

/** The last part of `/parties/<party>/<room>/<action>`; empty when there is none. */
export function actionOf(request: { readonly url: string }): string {
  return new URL(request.url).pathname.split("/")[4] ?? "";
}

/** Closing a socket that is gone already throws in workerd; that is never of interest. */
export function closeQuietly(
  socket: { close(code?: number, reason?: string): void },
  code?: number,
  reason?: string,
) {
  try {
    socket.close(code, reason);
  } catch {}
}
