import { type Recording, RecordingList } from "../../protocol/recordings.ts";
import type { Stream } from "../../protocol/streams.ts";
import { clockWords } from "../shared/amounts.ts";
import { ApiError, parsedBodyOf, rostrum } from "../shared/api-client.ts";
import { element, required } from "../shared/element.ts";

const most = 3;
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** Ways on from a stream: what was recorded of it, and for who runs it, its desk in the studio. */
export async function drawWays({ id, warnings }: Stream): Promise<void> {
  let recordings: Recording[] = [];
  try {
    const query = { limit: String(most) };
    const answer = rostrum.api.streams[":id"].recordings.$get({ param: { id }, query });
    recordings = (await parsedBodyOf(answer, RecordingList)).items;
  } catch (error) {
    // Without them the page is what it is for: the stream.
    if (!(error instanceof ApiError)) throw error;
  }
  required("#ways").replaceChildren(
    ...recordings.filter(({ playbackUrl }) => playbackUrl !== null).map(recordingLink),
    ...(warnings === undefined ? [] : [link(`/studio/${encodeURIComponent(id)}`, "Studio", "to-studio")]),
  );
}

function recordingLink({ id, status, startedAt, durationSeconds }: Recording): HTMLElement {
  const words =
    status === "recording"
      ? "From the beginning"
      : `Recording of ${day.format(new Date(startedAt))}, ${clockWords(durationSeconds)}`;
  return link(`/replay/${encodeURIComponent(id)}`, words, "to-recording");
}

function link(href: string, words: string, testId: string): HTMLElement {
  return element("a", { class: "button small", href, "data-testid": testId }, words);
}
