import { problemCatalogue } from "../../protocol/problem.ts";
import type { EventStanding } from "../events/event-access.ts";
import type { AccessFacts, AccessRule } from "./access-rule.ts";
import { refusal, type Who } from "./access-rule.ts";

/** The kinds of caller that the documentation shows a column for, each before something that they can see. */
const callers = {
  nobody: {},
  attendee: { globalRole: "attendee" },
  member: { globalRole: "attendee", joined: true },
  speaker: { globalRole: "attendee", memberRole: "speaker" },
  moderator: { globalRole: "attendee", memberRole: "moderator" },
  admin: { globalRole: "admin" },
} as const satisfies Record<string, Partial<EventStanding>>;

const sentences: Record<Who, string> = {
  anyone: "For anyone.",
  "whoever-sees": "For anyone; who is signed in may see more.",
  "signed-in": "For anyone who is signed in.",
  self: "For yourself only.",
  "self-or-admin": "For yourself, and for admins.",
  "self-or-staff": "For whose it is, and for staff of the event.",
  "member-or-team": "For members, staff and speakers of the event.",
  "staff-or-speaker": "For staff and speakers of the event.",
  staff: "For staff of the event.",
  admin: "For admins.",
};

const credentials = [{ bearer: [] }, { cookie: [] }];

/** A rule as the OpenAPI document shows it: a sentence, the security scheme, and what each kind of caller meets. */
export function describeAccess(rule: AccessRule) {
  const { who } = rule;
  const met: Record<string, "allowed" | "depends" | number> = {
    ...Object.fromEntries(Object.entries(callers).map(([name, caller]) => [name, meets(rule, caller)])),
    ...(rule.subject === "none" ? {} : { unseen: rule.admitsUnseen ? "depends" : 404 }),
  };
  const list = Object.entries(met).map(([name, each]) => `${name} ${each === "allowed" ? "✓" : each}`);
  return {
    sentence: `**Who may:** ${sentences[who]}${who === "anyone" ? "" : ` (${list.join(" · ")})`}`,
    security: who === "anyone" ? [] : who === "whoever-sees" ? [{}, ...credentials] : credentials,
    callers: met,
  };
}

/** `allowed`, or the status of the refusal. A person is shown before an account or login of their own. */
function meets(rule: AccessRule, caller: Partial<EventStanding>): "allowed" | number {
  const standing = { globalRole: null, memberRole: null, joined: false, banned: false, ...caller };
  const subject: AccessFacts["subject"] = { own: true, sees: true, standing };
  const refused = refusal(rule, { globalRole: standing.globalRole, subject });
  return refused === null ? "allowed" : problemCatalogue[refused].status;
}
