import { type Attributes, element } from "./element.ts";

/** A switch with its words behind it; `attributes` are the input's own. */
export function switchField(
  words: string,
  attributes: Attributes = {},
): { row: HTMLLabelElement; input: HTMLInputElement } {
  const input = element("input", { type: "checkbox", role: "switch", class: "switch", ...attributes });
  return { row: element("label", { class: "switch-label" }, input, words), input };
}
