import { drawTitle } from "./about.ts";
import { openStagePage } from "./page-opening.ts";
import { idInPath, loadStream } from "./stream-loader.ts";
import { WatchPage } from "./watch-page.ts";

openStagePage({
  load: () => loadStream(idInPath(location.pathname)),
  show: (stream, identity, known) => {
    drawTitle(stream.title, null, null);
    const page = new WatchPage(stream, identity);
    void known.then(() => page.viewerKnown());
  },
  absent: {
    headline: "There is no stream here",
    detail: "The address may be mistyped, or the stream is not public. If you were invited, sign in.",
  },
});
