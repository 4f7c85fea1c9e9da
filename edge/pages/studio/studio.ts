import { showAccountCorner } from "../shared/account-corner.ts";
import { accountForm } from "../shared/account-form.ts";
import { required, setText } from "../shared/element.ts";
import { Identity } from "../shared/identity.ts";
import { idInPath } from "../watch/stream-loader.ts";
import { StreamDesk } from "./stream-desk.ts";
import { StreamList } from "./stream-list.ts";

const identity = new Identity();

/** `/studio` lists the streams one may run, `/studio/<stream id>` is the desk of one. */
function open(): void {
  const { user } = identity;
  if (!user) {
    closed("Sign in to run your streams.");
    required("#gate-form").replaceChildren(accountForm(identity, "sign-in", () => undefined));
    return;
  }
  required<HTMLElement>("#gate").hidden = true;
  const streamId = idInPath(location.pathname);
  const isAdmin = user.role === "admin";
  if (streamId === "") new StreamList(isAdmin);
  else new StreamDesk(streamId, isAdmin, closed);
}

/** Says why there is nothing to see. */
function closed(words: string): void {
  required<HTMLElement>("#streams").hidden = true;
  required<HTMLElement>("#stream").hidden = true;
  required<HTMLElement>("#gate").hidden = false;
  setText(required("#gate-words"), words);
}

showAccountCorner(identity);
void identity.refresh().then(() => {
  // Another person may run other streams: nothing of this one's stays.
  identity.onChange(() => location.reload());
  open();
});
