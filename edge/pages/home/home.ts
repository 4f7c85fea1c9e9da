import { Event as EventSchema } from "../../protocol/events.ts";
import { listOf } from "../../protocol/list.ts";
import { Stream } from "../../protocol/streams.ts";
import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError, parsedBodyOf, rostrum } from "../shared/api-client.ts";
import { required, setText } from "../shared/element.ts";
import { Identity, isStaff } from "../shared/identity.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { programmeOf } from "./programme.ts";
import { drawProgramme } from "./programme-list.ts";

const refreshMs = 8_000;

const Events = listOf(EventSchema);
const Streams = listOf(Stream);
const identity = new Identity();
let timer: ReturnType<typeof setTimeout> | undefined;
/** Grows with every look, so that a slow answer does not overwrite a newer one. */
let look = 0;

async function refresh(): Promise<void> {
  clearTimeout(timer);
  const current = ++look;
  try {
    const [events, streams] = await Promise.all([
      parsedBodyOf(rostrum.api.events.$get({ query: { limit: "100" } }), Events),
      parsedBodyOf(rostrum.api.streams.$get({ query: { limit: "200" } }), Streams),
    ]);
    if (current === look) drawProgramme(programmeOf(events.items, streams.items), isStaff(identity.user));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (current === look) showProblem(`${describeProblem(error.problem)} Trying again by itself.`);
  }
  if (current === look) timer = setTimeout(() => void refresh(), refreshMs);
}

/** What is on the page already stays: old news is better than none. */
function showProblem(words: string): void {
  if (!required<HTMLElement>("#now-empty").hidden) setText(required("#now-words"), words);
}

setText(required("#ingest-server"), `rtmp://${location.hostname}/live`);
showAccountCorner(identity);
void identity.refresh();
identity.onChange(() => void refresh());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void refresh();
});
void refresh();
