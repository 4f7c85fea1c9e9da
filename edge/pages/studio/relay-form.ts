import type { Relay } from "../../protocol/relays.ts";
import { ApiError } from "../shared/api-client.ts";
import { openDialog } from "../shared/dialog.ts";
import { element, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { type TextField, textField } from "../shared/text-field.ts";
import { relayChange } from "./relay-change.ts";
import type { DeskActions } from "./stream-desk.ts";
import type { RelayDestination } from "./studio-calls.ts";

const elsewhere = "";

/** Asks where to, and with which key; `relay` is the one to change, null for a new one. The key is never shown. */
export async function openRelayForm({ calls, attempt }: DeskActions, relay: Relay | null): Promise<void> {
  let destinations: RelayDestination[] = [];
  const isLoaded = await attempt(async () => {
    destinations = await calls.relayDestinations();
  });
  if (!isLoaded) return;
  const { fields, form, problem, submit } = relayForm(destinations, relay);
  const { close } = openDialog(relay === null ? "Send the stream elsewhere" : `Change ${relay.name}`, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const typed = {
      name: fields.name.input.value.trim(),
      url: fields.url.input.value.trim(),
      key: fields.key.input.value.trim(),
    };
    try {
      if (relay === null) await calls.createRelay(typed);
      else await calls.updateRelay(relay.id, relayChange(relay, typed));
      close();
      await attempt(async () => undefined, relay === null ? "The relay was added." : "Saved.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(problem, describeProblem(error.problem, fields));
      const field = error.problem.errors?.[0]?.pointer.slice(1) ?? "";
      if (field === "name" || field === "url" || field === "key") fields[field].input.focus();
    } finally {
      submit.disabled = false;
    }
  });
}

function relayForm(destinations: RelayDestination[], relay: Relay | null) {
  const fields: Record<"name" | "url" | "key", TextField> = {
    name: textField("Name", { maxlength: 100, autocomplete: "off", "data-testid": "relay-name" }),
    url: textField("Address", {
      maxlength: 2048,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "rtmps://live.example.org/app",
      "data-testid": "relay-url",
    }),
    key: textField("Stream key", {
      type: "password",
      maxlength: 1024,
      autocomplete: "off",
      "data-testid": "relay-key",
    }),
  };
  fields.key.hint(relay === null ? "From the destination" : "Empty keeps the present one");
  const known = destinations.find(({ url }) => url === relay?.url);
  const choice = element(
    "select",
    { class: "select", "data-testid": "relay-destination" },
    ...destinations.map(({ id, name }) => element("option", { value: id, selected: id === known?.id }, name)),
    element(
      "option",
      { value: elsewhere, selected: relay !== null && known === undefined },
      "Another address",
    ),
  );
  const choose = () => {
    const chosen = destinations.find(({ id }) => id === choice.value);
    fields.url.row.hidden = chosen !== undefined;
    const isStillOurs = destinations.some(({ name }) => name === fields.name.input.value);
    if (fields.name.input.value === "" || isStillOurs) fields.name.input.value = chosen?.name ?? "";
    fields.url.input.value = chosen?.url ?? (known === undefined ? (relay?.url ?? "") : "");
  };
  if (relay) fields.name.input.value = relay.name;
  choice.addEventListener("change", choose);
  choose();
  const problem = element("p", { class: "form-problem", role: "alert", "data-testid": "relay-problem" });
  const submit = element(
    "button",
    { type: "submit", class: "button primary", "data-testid": "relay-submit" },
    relay === null ? "Add the relay" : "Save",
  );
  const form = element(
    "form",
    { class: "account-form", novalidate: true },
    element("label", { class: "field" }, element("span", { class: "field-label" }, "Destination"), choice),
    fields.name.row,
    fields.url.row,
    fields.key.row,
    problem,
    element("div", { class: "form-actions" }, submit),
  );
  return { fields, form, problem, submit };
}
