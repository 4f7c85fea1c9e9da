import { element, setText } from "../shared/element.ts";

/** Something to be carried elsewhere, with a button that copies it. */
export function copyField(label: string, value: string, testId?: string): HTMLElement {
  const copy = element(
    "button",
    { type: "button", class: "button small", "aria-label": `Copy: ${label}` },
    "Copy",
  );
  const words = element("code", { class: "copy-value", "data-testid": testId }, value);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value);
      setText(copy, "Copied");
      setTimeout(() => setText(copy, "Copy"), 2_000);
    } catch {
      // Not over plain HTTP from another machine: then it is marked, to be copied by hand.
      getSelection()?.selectAllChildren(words);
    }
  });
  return element(
    "div",
    { class: "copy-field" },
    element("span", { class: "field-label" }, label),
    words,
    copy,
  );
}
