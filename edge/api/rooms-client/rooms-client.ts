import type * as v from "valibot";
import type {
  CommitCommand,
  CommitResult,
  PersonalNews,
  RevokeRequest as RevokeRequestSchema,
  RoomPeople as RoomPeopleSchema,
} from "../../protocol/internal-rooms.ts";

export type RevokeRequest = v.InferOutput<typeof RevokeRequestSchema>;
export type RoomPeople = v.InferOutput<typeof RoomPeopleSchema>;
export interface RoomMessage {
  type: string;
  data: unknown;
}

/**
 * What the API tells the rooms. None of these reject: the rooms may be away, and each of these heals without us.
 * Never await one while a transaction or a reserved connection is open; hand it to `waitUntil` instead.
 */
export interface RoomsClient {
  /** Closes the user's sockets, or those of one login. Rooms that are away hold no sockets. */
  revoke(request: RevokeRequest): Promise<void>;
  /** Everyone who is in the event or its sessions is judged anew; who may not be in it has to go. */
  recheckEvent(eventId: string): Promise<void>;
  /** Said to everyone in the event's room. An occupied room reads the event's state again every few seconds. */
  publishToEvent(eventId: string, messages: RoomMessage[]): Promise<void>;
  /**
   * The session's log has grown to `head` without its room, with news for some: says so until the room acknowledges
   * it, for half a minute at most. An occupied room compares heads every few seconds besides.
   */
  pokeSession(sessionId: string, head: number, personal?: readonly PersonalNews[]): Promise<void>;
  /**
   * Has the session's room commit a command with what it commits anyway. Null: the room is away or did not answer in
   * time, and the same ref may be committed directly.
   */
  commandSession(sessionId: string, command: CommitCommand): Promise<CommitResult | null>;
  /** Who is in a session now; null: its room is away. */
  people(sessionId: string): Promise<RoomPeople | null>;
  /** Whether the rooms answer now, within a second. */
  healthy(): Promise<boolean>;
}
