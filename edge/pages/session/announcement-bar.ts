import type { EventRoom } from "../../client/event-room.ts";
import { element, icon } from "../shared/element.ts";
import { panelIcons } from "./panel-icons.ts";

/** What staff say to everyone in the event, until it is put away or the next one comes. */
export function showAnnouncements(room: EventRoom, box: HTMLElement): void {
  room.on("announcement", ({ data }) => {
    const close = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Put the announcement away" },
      icon(panelIcons.close),
    );
    close.addEventListener("click", () => {
      box.replaceChildren();
      box.hidden = true;
    });
    box.hidden = false;
    box.replaceChildren(element("p", { dir: "auto", "data-testid": "announcement" }, data.text), close);
  });
}
