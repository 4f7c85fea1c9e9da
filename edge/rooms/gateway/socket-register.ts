import type { PartyConnection } from "../party.ts";
import type { ClientSocket } from "./client-socket.ts";

/** A login that ended while its socket was between admission and here is remembered for as long as that can take. */
const revokedMemoryMs = 30_000;
/** Someone who was let in as what they were, just before that changed, arrives within this. */
const arrivalMs = 1000;

/** The sockets of one gateway, by connection and by person, and the logins that ended lately. */
export class SocketRegister {
  readonly #byConnection = new Map<PartyConnection, ClientSocket>();
  readonly #byViewer = new Map<string, Set<ClientSocket>>();
  readonly #endedLogins = new Map<string, number>();
  readonly #changedPeople = new Map<string, number>();

  get size(): number {
    return this.#byConnection.size;
  }

  /** A copy: sockets may be removed while it is walked. */
  all(): ClientSocket[] {
    return [...this.#byConnection.values()];
  }

  of(connection: PartyConnection): ClientSocket | undefined {
    return this.#byConnection.get(connection);
  }

  ofPerson(viewerId: string): ClientSocket[] {
    return [...(this.#byViewer.get(viewerId) ?? [])];
  }

  add(socket: ClientSocket): void {
    this.#byConnection.set(socket.connection, socket);
    const others = this.#byViewer.get(socket.viewer.viewerId) ?? new Set();
    this.#byViewer.set(socket.viewer.viewerId, others.add(socket));
  }

  remove(socket: ClientSocket): void {
    this.#byConnection.delete(socket.connection);
    const others = this.#byViewer.get(socket.viewer.viewerId);
    others?.delete(socket);
    if (others?.size === 0) this.#byViewer.delete(socket.viewer.viewerId);
  }

  loginEnded(loginId: string, now: number): void {
    this.#endedLogins.set(loginId, now);
  }

  hasEnded(loginId: string | null): boolean {
    return loginId !== null && this.#endedLogins.has(loginId);
  }

  personChanged(viewerId: string, now: number): void {
    this.#changedPeople.set(viewerId, now);
  }

  /** Whether whoever arrives now may have been let in as what they are no more. */
  mayBeOutdated(viewerId: string, now: number): boolean {
    const at = this.#changedPeople.get(viewerId);
    return at !== undefined && now - at < arrivalMs;
  }

  /** Whether nothing at all is left. */
  forgetOld(now: number): boolean {
    for (const [loginId, at] of this.#endedLogins) {
      if (now - at > revokedMemoryMs) this.#endedLogins.delete(loginId);
    }
    for (const [viewerId, at] of this.#changedPeople) {
      if (now - at > arrivalMs) this.#changedPeople.delete(viewerId);
    }
    return this.#byConnection.size + this.#endedLogins.size + this.#changedPeople.size === 0;
  }
}
