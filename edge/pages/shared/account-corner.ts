import { accountForm } from "./account-form.ts";
import { openDialog } from "./dialog.ts";
import { element, required } from "./element.ts";
import { type Identity, isStaff } from "./identity.ts";

/** The corner of the site header that says who is signed in; signs in by a dialog, signs out at once. */
export function showAccountCorner(identity: Identity): void {
  const corner = required<HTMLElement>("#account");
  const draw = () => {
    const { user } = identity;
    required<HTMLElement>("#studio-link").hidden = !isStaff(user);
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
        "a",
        { class: "account-name", href: "/account", title: user.email, "data-testid": "account-link" },
        user.name,
      );
      corner.replaceChildren(name, signOut);
      return;
    }
    const signIn = element("button", { type: "button", class: "button quiet" }, "Sign in");
    signIn.addEventListener("click", () => {
      const { close } = openDialog(
        "Your account",
        accountForm(identity, "sign-in", () => close()),
      );
    });
    corner.replaceChildren(signIn);
  };
  identity.onChange(draw);
  draw();
}
