/** Where the link of a mail leads: choose a password. Without a link: have one mailed. */
import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError, rostrum } from "../shared/api-client.ts";
import { required, setText } from "../shared/element.ts";
import { Identity } from "../shared/identity.ts";
import { describeProblem, problemCode } from "../shared/problem-words.ts";

const identity = new Identity();
const form = required<HTMLFormElement>("#form");
const email = required<HTMLInputElement>("#email");
const password = required<HTMLInputElement>("#password");
const submit = required<HTMLButtonElement>("#submit");
/** Taken out of the address at once: it must not stay in the history or be copied with it. */
let token = location.hash.slice(1);
if (token !== "") history.replaceState(null, "", location.pathname);

function show(): void {
  const chooses = token !== "";
  required<HTMLElement>("#password-row").hidden = !chooses;
  required<HTMLElement>("#email-row").hidden = chooses;
  setText(required("#heading"), chooses ? "Choose your password" : "Forgotten your password?");
  setText(
    required("#words"),
    chooses
      ? "You will sign in with it from now on."
      : "Give your email, and a link to choose a new one is sent there.",
  );
  setText(submit, chooses ? "Set password" : "Send the link");
}

async function send(): Promise<void> {
  if (token === "") {
    await rostrum.api.auth.password.forgot.$post({ json: { email: email.value } });
    finish("If there is an account with this email, a link is on its way. It works once, for 30 minutes.");
    return;
  }
  await rostrum.api.auth.password.reset.$post({ json: { token, next: password.value } });
  password.value = "";
  finish("Your password is set. Sign in with it above.");
}

function finish(words: string): void {
  form.hidden = true;
  setText(required("#words"), "");
  setText(required("#done"), words);
}

/** Checked here for quick words; the API has the last say. */
function missing(): string | null {
  if (token === "") return /^\S+@\S+\.\S+$/.test(email.value.trim()) ? null : "That is not an email address.";
  return password.value.length >= 8 ? null : "The password needs at least 8 characters.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = required("#problem");
  setText(problem, missing() ?? "");
  if (missing() !== null) return;
  submit.disabled = true;
  try {
    await send();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const isOver = problemCode(error.problem) === "bad-credentials";
    if (isOver) {
      token = "";
      show();
    }
    setText(problem, isOver ? "This link was used already or is too old." : describeProblem(error.problem));
  } finally {
    submit.disabled = false;
  }
});

show();
showAccountCorner(identity);
void identity.refresh();
