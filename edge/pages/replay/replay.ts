import { drawTitle } from "../watch/about.ts";
import { openStagePage } from "../watch/page-opening.ts";
import { idInPath } from "../watch/stream-loader.ts";
import { loadRecording } from "./replay-loader.ts";
import { ReplayPage } from "./replay-page.ts";

/** `/replay/<recording id>`. */
openStagePage({
  load: () => loadRecording(encodeURIComponent(idInPath(location.pathname))),
  show: (recording) => {
    drawTitle(recording.title, null, null);
    void new ReplayPage(recording).surround();
  },
  absent: {
    headline: "There is no recording here",
    detail: "It may have been deleted, or it is not public. If you were invited, sign in.",
  },
});
