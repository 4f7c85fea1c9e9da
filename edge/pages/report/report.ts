import { showAccountCorner } from "../shared/account-corner.ts";
import { accountForm } from "../shared/account-form.ts";
import type { ApiError } from "../shared/api-client.ts";
import { required, setText } from "../shared/element.ts";
import { Identity } from "../shared/identity.ts";
import { idInPath } from "../watch/stream-loader.ts";
import { ReportPage } from "./report-page.ts";

const identity = new Identity();

/** Says why there is nothing to see. */
function closed({ problem }: ApiError): void {
  document.body.dataset.reportState = "closed";
  required<HTMLElement>("#loading").hidden = true;
  required<HTMLElement>("#report").hidden = true;
  required<HTMLElement>("#gate").hidden = false;
  const isStranger = identity.user === null;
  setText(
    required("#gate-words"),
    isStranger ? "Sign in to see the report of your event." : refusal(problem.status),
  );
  if (isStranger) required("#gate-form").replaceChildren(accountForm(identity, "sign-in", () => undefined));
}

function refusal(status: number): string {
  if (status === 403) return "Reports are for the staff of an event, and you are not of this one's.";
  return "There is no such event, or it is not open to you. Reports are for an event's staff.";
}

/** `/report/<event id>`, for an event's staff. */
showAccountCorner(identity);
void identity.refresh().then(() => {
  // Another person may see other reports: nothing of this one's stays.
  identity.onChange(() => location.reload());
  new ReportPage(idInPath(location.pathname), closed);
});
