import type { SessionViewers } from "../../protocol/engagement.ts";
import { element, icon, setText } from "../shared/element.ts";
import { avatar } from "./chat-row.ts";
import { personItems } from "./message-items.ts";
import { panelIcons } from "./panel-icons.ts";
import { anonymousOn, devicesOf } from "./people-devices.ts";
import { openPopupMenu } from "./popup-menu.ts";
import type { SessionContext } from "./session-context.ts";

/** Who is here, asked for when it is looked at. */
export class PeopleHere {
  #context: SessionContext;
  #list: HTMLElement;
  #count: HTMLElement;

  constructor(context: SessionContext, list: HTMLElement, count: HTMLElement) {
    this.#context = context;
    this.#list = list;
    this.#count = count;
  }

  async load(): Promise<void> {
    await this.#context.attempt(async () => this.#draw(await this.#context.calls.viewers()));
  }

  #draw({ count, peak, anonymous, anonymousDevices, items }: SessionViewers): void {
    const guests = anonymous === 0 ? "" : `, ${anonymous} not signed in${anonymousOn(anonymousDevices)}`;
    setText(this.#count, `${count} here${guests}. Most at once: ${peak}.`);
    this.#list.replaceChildren(
      ...items.map((person) => {
        const row = element(
          "li",
          { class: "person", "data-testid": "person-here" },
          avatar(person),
          element("span", { class: "person-name" }, person.name),
          person.role === "attendee" ? null : element("span", { class: "line-role" }, person.role),
          element("span", { class: "person-devices", "data-testid": "person-devices" }, devicesOf(person)),
        );
        const mayModerate = person.role !== "admin" && person.id !== this.#context.identity.user?.id;
        if (!mayModerate) return row;
        const more = element(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": `Moderate ${person.name}`,
            "aria-haspopup": "menu",
            "aria-expanded": "false",
            "data-testid": "person-more",
          },
          icon(panelIcons.more),
        );
        more.addEventListener("click", () =>
          openPopupMenu(more, person.name, personItems(this.#context, person)),
        );
        row.append(more);
        return row;
      }),
    );
  }
}
