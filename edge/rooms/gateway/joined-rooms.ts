import { problemBody } from "../../protocol/problem.ts";
import type { SessionCommand } from "../../protocol/session-commands.ts";
import { notJoined } from "../problem-response.ts";
import type { ClientCommand } from "./client-frame.ts";
import type { ClientSocket } from "./client-socket.ts";
import { JoinedEvent } from "./joined-event.ts";
import type { GatewayHost } from "./joined-room.ts";
import { JoinedSession } from "./joined-session.ts";
import type { PulseCommand } from "./session-pulse.ts";

const roomsPerSocket = 20;
type AnyRoom = JoinedSession | JoinedEvent;

/** The session and event rooms that a gateway has joined, and what its clients ask of them. */
export class JoinedRooms {
  readonly #host: GatewayHost;
  readonly #sessions = new Map<string, JoinedSession>();
  readonly #events = new Map<string, JoinedEvent>();

  constructor(host: GatewayHost) {
    this.#host = host;
  }

  /** Every command is answered, under its ref. */
  carryOut(socket: ClientSocket, command: ClientCommand): void {
    const { ref } = command;
    const room = "sessionId" in command.data ? command.data.sessionId : command.data.eventId;
    socket.inOrder(room, ref, () => {
      switch (command.type) {
        case "event:join":
          if (this.#isInTooManyRooms(socket, ref)) return;
          return enter(this.#event(room), (event) => event.join(socket, ref));
        case "session:join":
          if (this.#isInTooManyRooms(socket, ref)) return;
          return enter(this.#session(room), (session) => session.join(socket, ref, command.data.after));
        case "event:leave":
          this.#events.get(room)?.leave(socket);
          return socket.ack(ref, "{}");
        case "session:leave":
          this.#sessions.get(room)?.leave(socket);
          return socket.ack(ref, "{}");
        case "chat:typing":
        case "reaction:send":
        case "watch:state": {
          const session = this.#sessions.get(room);
          return session === undefined ? socket.refuse(ref, notJoined()) : session.pulse(socket, command);
        }
        default:
          return this.#toSession(socket, ref, room, sessionCommand(command));
      }
    });
  }

  #toSession(socket: ClientSocket, ref: string, sessionId: string, command: SessionCommand): void {
    const { userId, readOnly } = socket.viewer;
    const session = this.#sessions.get(sessionId);
    if (readOnly || userId === null) socket.refuse(ref, problemBody("read-only"));
    else if (!session?.has(socket)) socket.refuse(ref, notJoined());
    else session.command(socket, userId, ref, command);
  }

  #isInTooManyRooms(socket: ClientSocket, ref: string): boolean {
    const joined = [...this.#all()].filter((room) => room.has(socket)).length;
    // A join that runs now is among the busy ones.
    if (joined + socket.busyRooms <= roomsPerSocket) return false;
    socket.refuse(ref, problemBody("conflict", { detail: "This connection is in too many rooms" }));
    return true;
  }

  #session(id: string): JoinedSession {
    const session = this.#sessions.get(id) ?? new JoinedSession(this.#host, id);
    this.#sessions.set(id, session);
    return session;
  }

  #event(id: string): JoinedEvent {
    const event = this.#events.get(id) ?? new JoinedEvent(this.#host, id);
    this.#events.set(id, event);
    return event;
  }

  *#all(): Iterable<AnyRoom> {
    yield* this.#sessions.values();
    yield* this.#events.values();
  }

  leaveAll(socket: ClientSocket): void {
    for (const room of this.#all()) room.leave(socket);
  }

  /** Whether this socket hears anything of that event; while it is on the way into some room, it may. */
  mayBeIn(socket: ClientSocket, eventId: string): boolean {
    if (socket.busyRooms > 0 || this.#events.get(eventId)?.has(socket)) return true;
    const isOfEvent = (session: JoinedSession) => session.eventId === null || session.eventId === eventId;
    return [...this.#sessions.values()].some((session) => session.has(socket) && isOfEvent(session));
  }

  closeAll(): void {
    for (const room of this.#all()) room.close();
    this.#sessions.clear();
    this.#events.clear();
  }

  /** About once a second. Rooms that everyone has left are given up; answers whether none is left. */
  sweep(now: number): boolean {
    for (const rooms of [this.#sessions, this.#events] as Map<string, AnyRoom>[]) {
      for (const [id, room] of [...rooms]) {
        room.sweep(now);
        if (!room.isDeserted(now)) continue;
        room.close();
        rooms.delete(id);
      }
    }
    return this.#sessions.size + this.#events.size === 0;
  }
}

type Committed = Exclude<
  ClientCommand,
  PulseCommand | { type: "event:join" | "event:leave" | "session:join" | "session:leave" }
>;

/** A client's command in the words in which the session's room commits it. */
function sessionCommand(command: Committed): SessionCommand {
  const { sessionId: _room, ...data } = command.data;
  return { type: command.type, data } as SessionCommand;
}

function enter<R extends AnyRoom>(room: R, join: (room: R) => Promise<void>): Promise<void> {
  return room.whileEntering(join(room));
}
