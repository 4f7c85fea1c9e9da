import { ApiError } from "./api-client.ts";
import { type Attributes, element, setText } from "./element.ts";
import type { Identity } from "./identity.ts";
import { describeProblem, problemCode } from "./problem-words.ts";
import { type TextField, textField } from "./text-field.ts";

type Mode = "sign-in" | "register";

/**
 * A form to sign in or to make an account, switching between the two in place. `done` is called when the person is
 * known. Nothing is kept of the password.
 */
export function accountForm(identity: Identity, mode: Mode, done: () => void): HTMLFormElement {
  const name = field("Name", { name: "name", autocomplete: "name", maxlength: 100, required: true });
  const email = field("Email", {
    name: "email",
    type: "email",
    autocomplete: "email",
    maxlength: 254,
    required: true,
  });
  const password = field("Password", { name: "password", type: "password", maxlength: 200, required: true });
  const problem = element("p", { class: "form-problem", role: "alert", "data-testid": "account-problem" });
  const submit = element("button", {
    type: "submit",
    class: "button primary",
    "data-testid": "account-submit",
  });
  const other = element("button", { type: "button", class: "button quiet", "data-testid": "account-other" });
  const forgotten = element("a", { class: "link", href: "/password" }, "Forgotten your password?");
  const form = element(
    "form",
    { class: "account-form", "data-testid": "account-form", novalidate: true },
    name.row,
    email.row,
    password.row,
    problem,
    element("div", { class: "form-actions" }, submit, other),
    forgotten,
  );

  const show = (next: Mode) => {
    mode = next;
    const registers = mode === "register";
    form.dataset.mode = mode;
    name.row.hidden = !registers;
    forgotten.hidden = registers;
    password.input.autocomplete = registers ? "new-password" : "current-password";
    password.hint(registers ? "At least 8 characters" : "");
    setText(submit, registers ? "Create account" : "Sign in");
    setText(other, registers ? "I have an account" : "Create an account");
    setText(problem, "");
  };
  show(mode);

  other.addEventListener("click", () => {
    show(mode === "register" ? "sign-in" : "register");
    (mode === "register" ? name : email).input.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = firstMissing(mode === "register" ? [name, email, password] : [email, password], mode);
    if (missing) {
      setText(problem, missing.words);
      missing.input.focus();
      return;
    }
    submit.disabled = true;
    setText(problem, "");
    try {
      if (mode === "register")
        await identity.register(email.input.value, password.input.value, name.input.value);
      else await identity.signIn(email.input.value, password.input.value);
      password.input.value = "";
      done();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(problem, describeProblem(error.problem));
      if (problemCode(error.problem) === "email-taken") show("sign-in");
      setText(problem, describeProblem(error.problem));
      (problemCode(error.problem) === "invalid" ? email : password).input.focus();
    } finally {
      submit.disabled = false;
    }
  });
  return form;
}

function field(label: string, attributes: Attributes): TextField {
  return textField(label, { ...attributes, "data-testid": `account-${attributes.name}` });
}

/** Checked here for quick words; the API checks again and has the last say. */
function firstMissing(fields: TextField[], mode: Mode): { input: HTMLInputElement; words: string } | null {
  for (const { input, label } of fields) {
    if (input.value.trim() === "") return { input, words: `${label} is missing.` };
    if (input.type === "email" && !/^\S+@\S+\.\S+$/.test(input.value.trim())) {
      return { input, words: "That is not an email address." };
    }
    if (input.type === "password" && mode === "register" && input.value.length < 8) {
      return { input, words: "The password needs at least 8 characters." };
    }
  }
  return null;
}
