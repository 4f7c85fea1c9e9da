import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError } from "../shared/api-client.ts";
import { Identity } from "../shared/identity.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { drawTitle } from "./about.ts";
import { drawStage } from "./stage.ts";
import { loadStream, mayPass, streamIdOf } from "./stream-loader.ts";
import { WatchPage } from "./watch-page.ts";

const identity = new Identity();
const known = identity.refresh();
let page: WatchPage | null = null;

/** The picture first: who we are and what surrounds it may come a moment later. */
async function open(attempt: number): Promise<void> {
  try {
    const stream = await loadStream(streamIdOf(location.pathname));
    if (page) return;
    drawTitle(stream.title, null, null);
    page = new WatchPage(stream, identity);
    await known;
    await page.surround();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showClosed(error);
    if (mayPass(error)) setTimeout(() => void open(attempt + 1), Math.min(10_000, 1_000 * 2 ** attempt));
  }
}

function showClosed({ problem }: ApiError): void {
  const isAbsent = problem.status === 404 || problem.status === 401 || problem.status === 422;
  document.body.dataset.streamState = isAbsent ? "absent" : "unreachable";
  const headline = isAbsent ? "There is no stream here" : "The server cannot be reached";
  drawTitle(headline, null, null);
  drawStage({
    kind: "card",
    scene: "closed",
    headline,
    detail: isAbsent
      ? "The address may be mistyped, or the stream is not public. If you were invited, sign in."
      : `${describeProblem(problem)} Trying again by itself.`,
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
