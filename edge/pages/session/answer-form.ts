import { element } from "../shared/element.ts";

/** Where the team writes an answer to a question. */
export function answerForm(
  text: string,
  answer: (text: string) => Promise<void>,
  cancel: () => void,
): HTMLFormElement {
  const input = element("textarea", {
    class: "composer-input",
    rows: 3,
    maxlength: 2000,
    "aria-label": "The answer",
    "data-testid": "answer-input",
  });
  input.value = text;
  const submit = element(
    "button",
    { type: "submit", class: "button primary small", "data-testid": "answer-submit" },
    "Answer",
  );
  const back = element("button", { type: "button", class: "button small" }, "Cancel");
  const form = element(
    "form",
    { class: "answer-form" },
    input,
    element("div", { class: "form-actions" }, submit, back),
  );
  back.addEventListener("click", cancel);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = input.value.trim();
    if (words === "" || submit.disabled) return;
    submit.disabled = true;
    await answer(words);
    submit.disabled = false;
  });
  return form;
}
