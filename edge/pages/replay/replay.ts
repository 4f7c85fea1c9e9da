import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError } from "../shared/api-client.ts";
import { Identity } from "../shared/identity.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { drawTitle } from "../watch/about.ts";
import { drawStage } from "../watch/stage.ts";
import { mayPass, streamIdOf } from "../watch/stream-loader.ts";
import { loadRecording } from "./replay-loader.ts";
import { ReplayPage } from "./replay-page.ts";

const identity = new Identity();
const known = identity.refresh();
let page: ReplayPage | null = null;

/** `/replay/<recording id>`. */
async function open(attempt: number): Promise<void> {
  try {
    const recording = await loadRecording(encodeURIComponent(streamIdOf(location.pathname)));
    if (page) return;
    drawTitle(recording.title, null, null);
    page = new ReplayPage(recording);
    await page.surround();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showClosed(error);
    if (mayPass(error)) setTimeout(() => void open(attempt + 1), Math.min(10_000, 1_000 * 2 ** attempt));
  }
}

function showClosed(error: ApiError): void {
  const isAbsent = !mayPass(error);
  document.body.dataset.streamState = isAbsent ? "absent" : "unreachable";
  const headline = isAbsent ? "There is no recording here" : "The server cannot be reached";
  drawTitle(headline, null, null);
  drawStage({
    kind: "card",
    scene: "closed",
    headline,
    detail: isAbsent
      ? "It may have been deleted, or it is not public. If you were invited, sign in."
      : `${describeProblem(error.problem)} Trying again by itself.`,
    busy: !isAbsent,
  });
}

showAccountCorner(identity);
void open(0);
void known.then(() => {
  identity.onChange(() => {
    if (!page) void open(0);
  });
});
