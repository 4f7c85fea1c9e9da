import * as v from "valibot";
import { AskRequest } from "../../protocol/questions.ts";
import { element } from "../shared/element.ts";
import { switchField } from "../shared/switch-field.ts";

/** The field to ask in. `ask` answers whether it was taken; else the words stay. */
export function questionForm(ask: (text: string, anonymous: boolean) => Promise<boolean>): HTMLFormElement {
  const input = element("textarea", {
    class: "composer-input",
    rows: 2,
    placeholder: "Ask a question",
    "aria-label": "Your question",
    "data-testid": "question-input",
  });
  const anonymous = switchField("Without my name", { "data-testid": "question-anonymous" });
  const submit = element(
    "button",
    { type: "submit", class: "button primary", disabled: true, "data-testid": "question-ask" },
    "Ask",
  );
  const form = element(
    "form",
    { class: "ask-form" },
    input,
    element("div", { class: "ask-row" }, anonymous.row, submit),
  );
  let busy = false;
  const show = () => {
    submit.disabled = busy || !v.safeParse(AskRequest, { text: input.value }).success;
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    busy = true;
    show();
    const text = input.value.trim();
    if ((await ask(text, anonymous.input.checked)) && input.value.trim() === text) input.value = "";
    busy = false;
    show();
  });
  return form;
}
