/** Who walks the API in the test of the table. */
import type { Role } from "../../protocol/accounts.ts";
import type { EventStanding } from "../events/event-access.ts";

export interface Caller {
  globalRole: Role;
  /** `none`: nobody; the others are refused although an admin held them. */
  token: "good" | "none" | "revoked" | "expired";
  /** What the caller is to the events of their own. */
  own: { memberRole?: EventStanding["memberRole"]; joined?: true; banned?: true };
}

export const callers = {
  nobody: { globalRole: "attendee", token: "none", own: {} },
  attendee: { globalRole: "attendee", token: "good", own: {} },
  member: { globalRole: "attendee", token: "good", own: { joined: true } },
  "speaker of the event": { globalRole: "attendee", token: "good", own: { memberRole: "speaker" } },
  speaker: { globalRole: "speaker", token: "good", own: { joined: true } },
  "moderator of the event": { globalRole: "attendee", token: "good", own: { memberRole: "moderator" } },
  moderator: { globalRole: "moderator", token: "good", own: {} },
  admin: { globalRole: "admin", token: "good", own: {} },
  // With a seat that a ban would have taken: the ban alone must be enough.
  banned: { globalRole: "attendee", token: "good", own: { joined: true, banned: true } },
  "revoked token": { globalRole: "admin", token: "revoked", own: { joined: true } },
  "expired token": { globalRole: "admin", token: "expired", own: { joined: true } },
} as const satisfies Record<string, Caller>;
