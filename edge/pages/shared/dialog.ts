import { element } from "./element.ts";

export interface OpenDialog {
  close(): void;
  /** Settles once it is closed, however. */
  readonly closed: Promise<void>;
}

/** A dialog over the page with a heading and a cross; Escape closes it too, and it leaves nothing behind. */
export function openDialog(heading: string, ...content: HTMLElement[]): OpenDialog {
  const cross = element(
    "button",
    { type: "button", class: "button quiet dialog-close", "aria-label": "Close" },
    "✕",
  );
  const dialog = element(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-heading" },
    element("div", { class: "dialog-head" }, element("h2", { id: "dialog-heading" }, heading), cross),
    ...content,
  );
  const close = () => dialog.close();
  cross.addEventListener("click", close);
  const closed = new Promise<void>((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  return { close, closed };
}

/** Asks before something that cannot be undone. `act` names what the button does. */
export async function confirmed(heading: string, words: string, act: string): Promise<boolean> {
  let isConfirmed = false;
  const yes = element("button", { type: "button", class: "button is-grave", "data-testid": "confirm" }, act);
  const no = element("button", { type: "button", class: "button quiet", autofocus: true }, "Cancel");
  const { close, closed } = openDialog(
    heading,
    element("p", { class: "dialog-words" }, words),
    element("div", { class: "form-actions" }, yes, no),
  );
  yes.addEventListener("click", () => {
    isConfirmed = true;
    close();
  });
  no.addEventListener("click", close);
  await closed;
  return isConfirmed;
}
