/** A session with a moderator and some members, who speak by HTTP as pages do. */
import type { ChatMessage } from "../../protocol/chat.ts";
import type { Mine } from "../../protocol/engagement.ts";
import type { LogEvent, Viewer } from "../../protocol/internal-rooms.ts";
import { readLog } from "../session-log/session-log-queries.ts";
import { type Answer, call, callInternal, signIn } from "../streams/test-client.ts";
import { giveRole, makeEvent, makeSession, makeUser, makeUsers, seat } from "../streams/test-scene.ts";
import type { TestApi } from "../test-application.ts";

export interface ChatPerson {
  id: string;
  token: string;
  send(method: string, path: string, status: number, body?: unknown, key?: string): Promise<Answer>;
  /** Says it in the session; `status` is 201 unless said. */
  say(text: string, more?: { status?: number; replyTo?: string; mentions?: string[] }): Promise<Answer>;
  /** The texts that this person reads in the chat, oldest first. */
  reads(): Promise<string[]>;
  /** What a join brings of one's own. */
  mine(): Promise<Mine>;
}

export async function chatScene(
  api: TestApi,
  { members = 2, session = {} }: { members?: number; session?: Parameters<typeof makeSession>[2] } = {},
) {
  const { db } = api.deps;
  const eventId = await makeEvent(db);
  const sessionId = await makeSession(db, eventId, session);
  const moderatorId = await makeUser(db, "attendee", "Mona");
  await giveRole(db, eventId, moderatorId, "moderator");
  const userIds = await makeUsers(db, members);
  await seat(db, eventId, ...userIds);
  const path = `/api/chat/session/${sessionId}`;

  const person = async (id: string): Promise<ChatPerson> => {
    const { token } = await signIn(api, id);
    const send: ChatPerson["send"] = (method, to, status, body, key) =>
      call(api, method, to, status, {
        token,
        ...(body === undefined ? {} : { body }),
        ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
      });
    return {
      id,
      token,
      send,
      say: (text, { status = 201, ...more } = {}) => send("POST", path, status, { text, ...more }),
      reads: async () => {
        const { items } = (await send("GET", path, 200)).body as { items: ChatMessage[] };
        return items.map(({ text }) => text);
      },
      mine: async () => {
        const viewers = [viewer(id)];
        const { body } = await callInternal(api, "POST", `/internal/sessions/${sessionId}/join`, 200, {
          viewers,
        });
        return body.verdicts[0].mine;
      },
    };
  };
  const [moderator, ...people] = await Promise.all([moderatorId, ...userIds].map(person));
  return {
    db,
    eventId,
    sessionId,
    path,
    moderator: moderator!,
    ada: people[0]!,
    bob: people[1]!,
    people,
    person,
    /** What the log has behind `after`. */
    log: async (after = 0): Promise<LogEvent[]> => (await readLog(db, sessionId, after, 1000)).events,
    /** Staff's acts, oldest first. */
    audited: async (): Promise<{ action: string; actorId: string; detail: Record<string, unknown> }[]> => {
      const admin = await signIn(api, await makeUser(db, "admin"));
      const { body } = await call(api, "GET", `/api/audit?eventId=${eventId}&limit=100`, 200, admin);
      return body.items.reverse();
    },
  };
}

export function viewer(userId: string): Viewer {
  const expiresAt = "2099-01-01T00:00:00.000Z";
  return {
    viewerId: userId,
    userId,
    name: "Ada",
    role: "attendee",
    loginId: null,
    readOnly: false,
    expiresAt,
  };
}

/** What was said to whom, shortly. */
export function heardBy(events: readonly LogEvent[]): string[] {
  return events.map(({ type, audience }) => {
    const userId = audience.kind === "all" ? undefined : audience.userId;
    return `${type} to ${audience.kind}${userId === undefined ? "" : "+"}`;
  });
}
