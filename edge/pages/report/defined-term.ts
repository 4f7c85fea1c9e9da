import { figures } from "../../protocol/figures.ts";
import { element, required, setText } from "../shared/element.ts";
import { type FigureName, figureNames } from "./figure-names.ts";

const meaningId = (figure: FigureName) => `meaning-${figure}`;

/** A figure's name, which leads to what it means; pointer and focus show it on the spot. */
export function term(figure: FigureName, words = figureNames[figure]): HTMLElement {
  return element(
    "a",
    {
      class: "term",
      href: `#${meaningId(figure)}`,
      "data-figure": figure,
      "aria-describedby": meaningId(figure),
    },
    words,
  );
}

/** Figures of the API and of exports that the page does not show. */
const elsewhere = new Set<FigureName>(["firstSeenAt", "lastSeenAt", "livePeak", "curve", "stepSeconds"]);

/** What every figure of the page means, by its name: where the terms lead, and the appendix of what is printed. */
export function drawMeanings(list: HTMLElement): void {
  const names = (Object.keys(figures) as FigureName[])
    .filter((figure) => !elsewhere.has(figure))
    .toSorted((one, other) => figureNames[one].localeCompare(figureNames[other]));
  list.replaceChildren(
    ...names.map((figure) =>
      element(
        "div",
        { class: "meaning" },
        element("dt", {}, figureNames[figure]),
        element("dd", { id: meaningId(figure) }, figures[figure]),
      ),
    ),
  );
}

/** One note for all terms; Escape takes it away, and it stays while the pointer is on it (WCAG 2.1, 1.4.13). */
export function showMeanings(): void {
  const note = required<HTMLElement>("#meaning-note");
  let about: HTMLElement | null = null;
  const hide = () => {
    note.hidden = true;
    about = null;
  };
  const show = ({ target }: Event) => {
    if (!(target instanceof Element) || target.closest("#meaning-note")) return;
    const found = target.closest<HTMLElement>(".term");
    // The page scrolls under a resting pointer when focus moves: then the focus has the word.
    if (found === null && about !== document.activeElement) hide();
    if (found === null || found === about) return;
    about = found;
    setText(note, figures[found.dataset.figure as FigureName]);
    note.hidden = false;
    place(note, found);
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}

/** Below the term, or above it where there is no room; never beyond the page's sides. */
function place(note: HTMLElement, term: HTMLElement): void {
  const at = term.getBoundingClientRect();
  const { width, height } = note.getBoundingClientRect();
  const left = Math.max(12, Math.min(at.left, document.documentElement.clientWidth - width - 12));
  const isBelow = at.bottom + height < innerHeight;
  note.style.left = `${left + scrollX}px`;
  note.style.top = `${(isBelow ? at.bottom : at.top - height) + scrollY}px`;
}
