import { accountForm } from "../shared/account-form.ts";
import { element } from "../shared/element.ts";
import type { Identity } from "../shared/identity.ts";

/** A way in for who only looks on; `done` is called when the person is known. `place` names its buttons in tests. */
export function invitation(identity: Identity, place: string, done: () => void): HTMLElement {
  const signIn = element(
    "button",
    { type: "button", class: "button", "data-testid": `${place}-sign-in` },
    "Sign in",
  );
  const register = element(
    "button",
    { type: "button", class: "button primary", "data-testid": `${place}-register` },
    "Create account",
  );
  const back = element("button", { type: "button", class: "button quiet" }, "Read on");
  const words = element("p", {}, "You are reading along. Sign in to take part.");
  const ways = element("div", { class: "form-actions" }, register, signIn);
  const box = element("div", { class: "invitation" }, words, ways);
  const open = (mode: "sign-in" | "register") => {
    const form = accountForm(identity, mode, done);
    box.replaceChildren(form, back);
    form.querySelector<HTMLInputElement>(".field:not([hidden]) input")?.focus();
  };
  signIn.addEventListener("click", () => open("sign-in"));
  register.addEventListener("click", () => open("register"));
  back.addEventListener("click", () => {
    box.replaceChildren(words, ways);
    register.focus();
  });
  return box;
}
