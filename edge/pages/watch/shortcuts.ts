export interface ShortcutActions {
  togglePlay(): void;
  toggleSound(): void;
  toggleFullscreen(): void;
  seekBy(seconds: number): void;
  goToLive(): void;
}

/** Keys for the player, wherever the focus is, unless it is in something that needs the key itself. */
export function listenToShortcuts(actions: ShortcutActions): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = shortcutFor(event.key, kindOf(event.target), actions);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** What has the focus: `text` takes every key, `control` takes space, Enter and arrows. */
export type FocusKind = "text" | "control" | "page";

export function shortcutFor(key: string, focus: FocusKind, actions: ShortcutActions): (() => void) | null {
  if (focus === "text") return null;
  switch (key.toLowerCase()) {
    case "k":
      return actions.togglePlay;
    case "m":
      return actions.toggleSound;
    case "f":
      return actions.toggleFullscreen;
    case "l":
      return actions.goToLive;
    case " ":
      return focus === "page" ? actions.togglePlay : null;
    case "arrowleft":
      return focus === "page" ? () => actions.seekBy(-10) : null;
    case "arrowright":
      return focus === "page" ? () => actions.seekBy(10) : null;
    default:
      return null;
  }
}

function kindOf(target: EventTarget | null): FocusKind {
  if (!(target instanceof Element)) return "page";
  if (target.closest('textarea, select, dialog, [contenteditable], input:not([type="range"])')) return "text";
  return target.closest('button, a, input, [role="menu"], [role="log"]') ? "control" : "page";
}
