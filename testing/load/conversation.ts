/** What a load client says and hears, whatever the server's words for it are. */

export interface Total {
  /** A poll's or a question's id. */
  id: string;
  /** Of a poll by option, of a question one number. Null where the results are hidden. */
  counts: number[] | null;
}

/** What is heard. */
export interface Hearing {
  /** In the session; everything said from now on must arrive. */
  joined(): void;
  /** Not let into the session. */
  refused(reason: string): void;
  /** `isRepeated`: by its seq a client has it already, and drops it. */
  message(number: number, sentAt: number, isRepeated: boolean): void;
  /** A command was carried out (null), or why not. */
  answered(number: number, refusal: string | null): void;
  /** Of one frame; only when totals are wanted. */
  totals(totals: Total[]): void;
}

export type Command =
  | { kind: "chat"; text: string }
  | { kind: "vote"; pollId: string; optionId: string }
  | { kind: "upvote"; questionId: string };

/** One client's side of a wire, kept over all of its connections. */
export interface Conversation {
  /** Whether a command without an answer may be said again without happening twice. */
  readonly maySayAgain: boolean;
  /** Of the upgrade. */
  path(token: string): string;
  /** A new connection is open. */
  opened(say: (text: string) => void): void;
  /** A text frame; its bytes are only good during the call. */
  received(frame: Buffer): void;
  /** The frame of a command; `number` comes back in its answer. */
  command(number: number, command: Command): string;
  /** What keeps the connection, said each 25 s. Null: nothing. */
  readonly ping: string | null;
}

export interface ConversationSettings {
  sessionId: string;
  token: string;
  /** A part of every ref, new for each crowd. */
  run: string;
  wantsTotals: boolean;
}
