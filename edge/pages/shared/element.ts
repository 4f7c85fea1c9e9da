type Child = Node | string | null | undefined;

/** Attributes by name; `on…` is left to addEventListener, text always goes in as text. */
export type Attributes = Record<string, string | number | boolean | null | undefined>;

/** Makes one element. `true` sets an empty attribute, `false`, null and undefined none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children);
}

/** An icon of one path on a 24 × 24 grid; decorative, so the button around it needs a label. */
export function icon(path: string): SVGSVGElement {
  const attributes = { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon" };
  return svgElement("svg", attributes, svgElement("path", { d: path }));
}

/** As `element`, for drawings. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** An element that the page's HTML has; a missing one is a defect of the page. */
export function required<T extends Element>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

/** Writes only what changed: screen readers read a live region again at every write. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function fill<E extends Element>(made: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child): child is Node | string => child != null));
  return made;
}
