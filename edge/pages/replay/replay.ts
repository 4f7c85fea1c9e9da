import { drawTitle } from "../watch/about.ts";
import { openStagePage } from "../watch/page-opening.ts";
import { idInPath } from "../watch/stream-loader.ts";
import { loadRecording } from "./replay-loader.ts";
import { ReplayPage } from "./replay-page.ts";

/** `/replay/<recording id>`. */
openStagePage({
  load: () => loadRecording(encodeURIComponent(idInPath(location.pathname))),
  show: (recording, identity, known) => {
    drawTitle(recording.title, null, null);
    const page = new ReplayPage(recording);
    void page.surround();
    // Questions and polls are told to who is signed in.
    void known.then(() => identity.onChange(() => void page.surround()));
  },
  absent: {
    headline: "There is no recording here",
    detail: "It may have been deleted, or it is not public. If you were invited, sign in.",
  },
});
