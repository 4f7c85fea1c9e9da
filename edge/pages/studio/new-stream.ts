import { ApiError } from "../shared/api-client.ts";
import { openDialog } from "../shared/dialog.ts";
import { element, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { switchField } from "../shared/switch-field.ts";
import { textField } from "../shared/text-field.ts";
import { keyWords } from "./key-words.ts";
import { createStream } from "./studio-calls.ts";

/** Asks what the stream is called and how it goes out, makes it, and shows its key: the one time it is seen. */
export function openNewStream(): void {
  const title = textField("Title", {
    name: "title",
    maxlength: 100,
    required: true,
    autocomplete: "off",
    "data-testid": "new-title",
  });
  const low = switchField("Low latency: about 2 s instead of 5");
  const record = switchField("Record what is broadcast");
  const problem = element("p", { class: "form-problem", role: "alert" });
  const submit = element(
    "button",
    { type: "submit", class: "button primary", "data-testid": "new-submit" },
    "Make the stream",
  );
  const form = element(
    "form",
    { class: "account-form", novalidate: true },
    title.row,
    low.row,
    record.row,
    problem,
    element("div", { class: "form-actions" }, submit),
  );
  const { close } = openDialog("New stream", form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const latencyMode = low.input.checked ? "low" : "standard";
      const made = await createStream({
        title: title.input.value,
        latencyMode,
        record: record.input.checked,
      });
      close();
      const desk = `/studio/${encodeURIComponent(made.stream.id)}`;
      const shown = openDialog("Your stream key", ...keyWords(made));
      await shown.closed;
      location.assign(desk);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(problem, describeProblem(error.problem));
      title.input.focus();
    } finally {
      submit.disabled = false;
    }
  });
}
