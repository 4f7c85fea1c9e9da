import type { Sql } from "postgres";
import { fingerprint } from "./told-record.ts";

export interface WrittenEvent {
  seq: number;
  audience: "all" | "staff" | "team" | "user";
  userId: string | null;
  what: string;
}

/** Everything that the database holds of one session. */
export interface WrittenRows {
  head: number;
  events: WrittenEvent[];
  messages: {
    id: string;
    seq: number;
    userId: string;
    text: string;
    pinned: boolean;
    deleted: boolean;
    state: "visible" | "held" | "shadowed";
  }[];
  questions: { id: string; userId: string; text: string; upvotes: number }[];
  upvotes: { questionId: string; userId: string }[];
  polls: { id: string; voters: number; hidden: boolean; options: Record<string, number> }[];
  votes: { pollId: string; userId: string; optionId: string }[];
}

export async function readRows(sql: Sql, sessionId: string): Promise<WrittenRows> {
  // Of one moment: people may still be writing.
  return sql.begin("isolation level repeatable read read only", async (tx) => {
    const [log] = await tx<{ head: number }[]>`
      select head::int from session_logs where session_id = ${sessionId}`;
    const events = await tx<
      {
        seq: number;
        type: string;
        audience: WrittenEvent["audience"];
        userId: string | null;
        data: unknown;
      }[]
    >`select seq::int, type, audience_kind as audience, audience_user_id as "userId", data
      from session_events where session_id = ${sessionId} order by seq`;
    const messages = await tx<WrittenRows["messages"]>`
      select id, seq::int, user_id as "userId", text, pinned, deleted_at is not null as deleted, state
      from chat_messages where session_id = ${sessionId}`;
    const questions = await tx<WrittenRows["questions"]>`
      select id, user_id as "userId", text, upvotes from questions where session_id = ${sessionId}`;
    const upvotes = await tx<WrittenRows["upvotes"]>`
      select u.question_id as "questionId", u.user_id as "userId"
      from question_upvotes u join questions q on q.id = u.question_id where q.session_id = ${sessionId}`;
    const polls = await tx<{ id: string; voters: number; hidden: boolean }[]>`
      select id, voters, hide_results as hidden from polls where session_id = ${sessionId}`;
    const options = await tx<{ id: string; pollId: string; votes: number }[]>`
      select o.id, o.poll_id as "pollId", o.votes
      from poll_options o join polls p on p.id = o.poll_id where p.session_id = ${sessionId}`;
    const votes = await tx<WrittenRows["votes"]>`
      select v.poll_id as "pollId", v.user_id as "userId", v.option_id as "optionId"
      from poll_votes v join polls p on p.id = v.poll_id where p.session_id = ${sessionId}`;
    const optionsOf = (poll: string) => options.filter(({ pollId }) => pollId === poll);
    return {
      head: log?.head ?? 0,
      events: events.map(({ seq, type, audience, userId, data }) => ({
        seq,
        audience,
        userId,
        what: fingerprint(type, data),
      })),
      messages: [...messages],
      questions: [...questions],
      upvotes: [...upvotes],
      polls: polls.map((poll) => ({
        ...poll,
        options: Object.fromEntries(optionsOf(poll.id).map(({ id, votes: count }) => [id, count])),
      })),
      votes: [...votes],
    };
  });
}
