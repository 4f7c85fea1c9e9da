import { element, required } from "../shared/element.ts";

export interface MenuItem {
  label: string;
  testId: string;
  /** What hurts stands apart. */
  isGrave?: boolean;
  choose(): void;
}

let openMenu: HTMLElement | null = null;

/**
 * A menu under a button (ARIA menu): opened by the button, closed by a choice, Escape, or a look elsewhere. It hangs in
 * the page's main part, a landmark like all else that can be read, so that no scrolling box cuts it.
 */
export function openPopupMenu(anchor: HTMLElement, label: string, items: MenuItem[]): void {
  openMenu?.remove();
  const menu = element("div", { class: "popup-menu", role: "menu", "aria-label": label });
  const close = (refocus: boolean) => {
    if (!menu.isConnected) return;
    menu.remove();
    openMenu = null;
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", elsewhere, true);
    window.removeEventListener("resize", away);
    if (refocus && anchor.isConnected) anchor.focus();
  };
  const away = () => close(false);
  const elsewhere = (event: Event) => {
    if (!menu.contains(event.target as Node)) close(false);
  };
  const buttons = items.map((item) => {
    const button = element(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: -1,
        class: item.isGrave ? "popup-item is-grave" : "popup-item",
        "data-testid": item.testId,
      },
      item.label,
    );
    button.addEventListener("click", () => {
      close(true);
      item.choose();
    });
    return button;
  });
  menu.append(...buttons);
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = {
      ArrowDown: buttons[(at + 1) % buttons.length],
      ArrowUp: buttons.at(at - 1),
      Home: buttons[0],
      End: buttons.at(-1),
    }[event.key];
    if (next) next.focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget as Node)) close(false);
  });
  required("#main").append(menu);
  openMenu = menu;
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", elsewhere, true);
  window.addEventListener("resize", away);
  buttons[0]?.focus();
}

/** Under the button and within the window; above it where there is no room below. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(from.right - width, innerWidth - width - 8));
  const below = from.bottom + 4;
  const top = below + height > innerHeight - 8 ? Math.max(8, from.top - height - 4) : below;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
