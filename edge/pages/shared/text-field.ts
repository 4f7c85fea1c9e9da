import { type Attributes, element, setText } from "./element.ts";

/** A labelled input; `hint` stands beside the label. */
export interface TextField {
  label: string;
  row: HTMLElement;
  input: HTMLInputElement;
  hint(text: string): void;
}

/** `attributes` are the input's own. */
export function textField(label: string, attributes: Attributes): TextField {
  const input = element("input", { type: "text", ...attributes });
  const hint = element("span", { class: "field-hint" });
  const row = element(
    "label",
    { class: "field" },
    element("span", { class: "field-label" }, label),
    hint,
    input,
  );
  return { label, row, input, hint: (text) => setText(hint, text) };
}
