/** What a replay asks of the API. All throw ApiError. */
import { ReplayItem } from "../../protocol/engagement.ts";
import { listOf } from "../../protocol/list.ts";
import { PollList } from "../../protocol/polls.ts";
import { QuestionList } from "../../protocol/questions.ts";
import { Recording } from "../../protocol/recordings.ts";
import { parsedBodyOf, rostrum } from "../shared/api-client.ts";

const Replay = listOf(ReplayItem);
/** A room that says more than this in two minutes is read no further. */
const mostPages = 10;

export function loadRecording(id: string): Promise<Recording> {
  return parsedBodyOf(rostrum.api.recordings[":id"].$get({ param: { id } }), Recording);
}

/** What was said in a session between two instants (milliseconds), in order. */
export async function loadReplay(sessionId: string, from: number, to: number): Promise<ReplayItem[]> {
  const items: ReplayItem[] = [];
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: "200" };
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const query: typeof span & { cursor?: string } = cursor === null ? span : { ...span, cursor };
    const answer = rostrum.api.sessions[":id"].replay.$get({ param: { id: sessionId }, query });
    const read: { items: ReplayItem[]; nextCursor: string | null } = await parsedBodyOf(answer, Replay);
    items.push(...read.items);
    cursor = read.nextCursor;
    if (cursor === null) break;
  }
  return items;
}

/** The newest hundred of each. */
export async function loadMomentSources(sessionId: string) {
  const param = { id: sessionId };
  const { polls, questions } = rostrum.api;
  const [foundPolls, foundQuestions] = await Promise.all([
    parsedBodyOf(polls.session[":id"].$get({ param, query: { limit: "100" } }), PollList),
    parsedBodyOf(
      questions.session[":id"].$get({ param, query: { sort: "new", limit: "100" } }),
      QuestionList,
    ),
  ]);
  return { polls: foundPolls.items, questions: foundQuestions.items };
}
