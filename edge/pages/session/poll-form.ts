import { element } from "../shared/element.ts";
import { switchField } from "../shared/switch-field.ts";
import type { NewPoll } from "./session-calls.ts";

const mostOptions = 20;
const durations: [label: string, minutes: number][] = [
  ["Until I close it", 0],
  ["After 1 minute", 1],
  ["After 2 minutes", 2],
  ["After 5 minutes", 5],
  ["After 15 minutes", 15],
];

/** Where the team writes a poll. */
export function pollForm(create: (poll: NewPoll) => Promise<void>, cancel: () => void): HTMLFormElement {
  const question = element("input", {
    type: "text",
    maxlength: 300,
    required: true,
    "data-testid": "poll-question-input",
  });
  const options = element("div", { class: "poll-options-edit" });
  const addOption = () => {
    const number = options.childElementCount + 1;
    const input = element("input", {
      type: "text",
      maxlength: 200,
      placeholder: `Answer ${number}`,
      "aria-label": `Answer ${number}`,
      "data-testid": "poll-option-input",
    });
    // Enter in the last one goes on to the next.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const next = input.nextElementSibling ?? addOption();
      if (next instanceof HTMLElement) next.focus();
    });
    if (number <= mostOptions) options.append(input);
    more.hidden = options.childElementCount >= mostOptions;
    return input;
  };
  const more = element(
    "button",
    { type: "button", class: "link", "data-testid": "poll-add-option" },
    "Another answer",
  );
  more.addEventListener("click", () => addOption().focus());
  addOption();
  addOption();
  const multiple = switchField("Several answers may be chosen");
  const hideResults = switchField("Hide results until one has voted");
  const closes = element(
    "select",
    { class: "select", "data-testid": "poll-closes" },
    ...durations.map(([label, minutes]) => element("option", { value: minutes }, label)),
  );
  const open = element(
    "button",
    { type: "submit", class: "button primary", value: "open", "data-testid": "poll-create" },
    "Open the poll",
  );
  const draft = element(
    "button",
    { type: "submit", class: "button", value: "draft", "data-testid": "poll-create-draft" },
    "Keep as draft",
  );
  const back = element("button", { type: "button", class: "button quiet" }, "Cancel");
  back.addEventListener("click", cancel);
  const form = element(
    "form",
    { class: "poll-form", "aria-label": "New poll" },
    element("label", { class: "field" }, element("span", { class: "field-label" }, "Question"), question),
    element(
      "fieldset",
      { class: "poll-fieldset poll-answers" },
      element("legend", { class: "field-label" }, "Answers"),
      options,
      more,
    ),
    multiple.row,
    hideResults.row,
    element("label", { class: "field" }, element("span", { class: "field-label" }, "Closes"), closes),
    element("div", { class: "form-actions" }, open, draft, back),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const texts = [...options.querySelectorAll("input")].map(({ value }) => value.trim()).filter(Boolean);
    if (texts.length < 2) {
      const empty = [...options.querySelectorAll("input")].find(({ value }) => value.trim() === "");
      empty?.focus();
      return;
    }
    const minutes = Number(closes.value);
    const status = (event.submitter as HTMLButtonElement | null)?.value === "draft" ? "draft" : "open";
    open.disabled = true;
    draft.disabled = true;
    await create({
      question: question.value.trim(),
      options: texts,
      multiple: multiple.input.checked,
      hideResults: hideResults.input.checked,
      closesAt: minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString(),
      status,
    });
    open.disabled = false;
    draft.disabled = false;
  });
  return form;
}
