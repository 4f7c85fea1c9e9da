import { accountForm } from "./account-form.ts";
import { element, required } from "./element.ts";
import type { Identity } from "./identity.ts";

/** The corner of the site header that says who is signed in; signs in by a dialog, signs out at once. */
export function showAccountCorner(identity: Identity): void {
  const corner = required<HTMLElement>("#account");
  const draw = () => {
    const { user } = identity;
    if (user) {
      const signOut = element(
        "button",
        { type: "button", class: "button quiet", "data-testid": "sign-out" },
        "Sign out",
      );
      signOut.addEventListener("click", () => {
        signOut.disabled = true;
        identity.signOut().catch(() => {
          signOut.disabled = false;
        });
      });
      const name = element(
        "span",
        { class: "account-name", title: user.email, "data-testid": "account-name" },
        user.name,
      );
      corner.replaceChildren(name, signOut);
      return;
    }
    const signIn = element("button", { type: "button", class: "button quiet" }, "Sign in");
    signIn.addEventListener("click", () => openDialog(identity));
    corner.replaceChildren(signIn);
  };
  identity.onChange(draw);
  draw();
}

function openDialog(identity: Identity): void {
  const close = element(
    "button",
    { type: "button", class: "button quiet dialog-close", "aria-label": "Close" },
    "✕",
  );
  const dialog = element(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-heading" },
    element("div", { class: "dialog-head" }, element("h2", { id: "dialog-heading" }, "Your account"), close),
    accountForm(identity, "sign-in", () => dialog.close()),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
