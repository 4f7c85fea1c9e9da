/** What somebody did here, what is kept about them, and the way out. */
import { type Activity, ActivityList } from "../../protocol/user-activity.ts";
import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError, parsedBodyOf, rostrum } from "../shared/api-client.ts";
import { element, required, setText } from "../shared/element.ts";
import { Identity } from "../shared/identity.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";
import { activityWords, placeWords } from "./activity-words.ts";

const identity = new Identity();
const deeds = required<HTMLOListElement>("#deeds");
const more = required<HTMLButtonElement>("#more");
const leave = required<HTMLFormElement>("#leave");
const password = required<HTMLInputElement>("#password");
const submit = required<HTMLButtonElement>("#leave-submit");
const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
let nextCursor: string | null = null;
let isGone = false;

function show(): void {
  const { user } = identity;
  required<HTMLElement>("#own").hidden = user === null;
  deeds.replaceChildren();
  nextCursor = null;
  if (user === null) {
    setText(required("#who"), isGone ? "Your account is deleted. Farewell." : "Sign in to see your account.");
    return;
  }
  setText(required("#who"), `You are ${user.name}, ${user.email}.`);
  required<HTMLAnchorElement>("#data").href = `/api/users/${user.id}/data`;
  void showMore(user.id);
}

async function showMore(id: string): Promise<void> {
  more.disabled = true;
  setText(required("#activity-problem"), "");
  try {
    const query = { limit: "20", ...(nextCursor === null ? {} : { cursor: nextCursor }) };
    const page = await parsedBodyOf(
      rostrum.api.users[":id"].activity.$get({ param: { id }, query }),
      ActivityList,
    );
    if (identity.user?.id !== id) return;
    deeds.append(...page.items.map(rowOf));
    nextCursor = page.nextCursor;
    more.hidden = nextCursor === null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    setText(required("#activity-problem"), describeProblem(error.problem));
    more.hidden = false;
  } finally {
    more.disabled = false;
  }
}

function rowOf(deed: Activity): HTMLLIElement {
  const time = element("time", { datetime: deed.at }, when.format(new Date(deed.at)));
  const place = placeWords(deed);
  return element(
    "li",
    { class: "deed" },
    element("p", {}, activityWords(deed)),
    element("p", { class: "deed-about" }, time, place === "" ? null : ` · ${place}`),
  );
}

more.addEventListener("click", () => {
  if (identity.user) void showMore(identity.user.id);
});

leave.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = required("#leave-problem");
  setText(problem, password.value === "" ? "Your password is missing." : "");
  if (password.value === "") return password.focus();
  submit.disabled = true;
  try {
    await rostrum.api.auth["delete-account"].$post({ json: { password: password.value } });
    password.value = "";
    isGone = true;
    await identity.refresh();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const code = problemCode(error.problem);
    if (code === "bad-credentials") setText(problem, "That is not your password.");
    else if (code === "last-admin") setText(problem, "You are the last admin: make someone else one first.");
    else setText(problem, describeProblem(error.problem));
  } finally {
    submit.disabled = false;
  }
});

identity.onChange(show);
showAccountCorner(identity);
void identity.refresh().then(() => {
  if (identity.user === null) show();
});
