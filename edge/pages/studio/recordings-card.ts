import type { Recording } from "../../protocol/recordings.ts";
import { type Card, KeyedList } from "../session/keyed-list.ts";
import { confirmed } from "../shared/dialog.ts";
import { element, required, setText } from "../shared/element.ts";
import { switchField } from "../shared/switch-field.ts";
import { recordingWords } from "./recording-words.ts";
import type { DeskActions } from "./stream-desk.ts";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** What stays of each broadcast, and whether the next one is kept. */
export class RecordingsCard {
  #rows: KeyedList<Recording>;
  #record: HTMLInputElement;

  constructor(actions: DeskActions, isAdmin: boolean) {
    this.#rows = new KeyedList(required("#recordings"), () => new RecordingRow(actions, isAdmin));
    const { row, input } = switchField("Record what is broadcast", {
      disabled: !isAdmin,
      "data-testid": "record",
    });
    this.#record = input;
    required("#record-switch").append(row);
    this.#record.addEventListener("change", async () => {
      const { checked } = this.#record;
      if (!(await actions.attempt(() => actions.calls.setRecord(checked)))) this.#record.checked = !checked;
    });
  }

  show(recordings: Recording[], record: boolean): void {
    this.#record.checked = record;
    required<HTMLElement>("#recordings-empty").hidden = recordings.length > 0;
    this.#rows.show(recordings.map((recording) => [recording.id, recording] as const));
  }
}

class RecordingRow implements Card<Recording> {
  readonly root: HTMLElement;
  #actions: DeskActions;
  #recording: Recording | null = null;
  #poster = element("span", { class: "recording-poster" });
  #posterUrl: string | null = null;
  #when = element("p", { class: "recording-when" });
  #facts = element("span", { class: "recording-facts" });
  #status = element("span", { class: "badge", role: "status", "data-testid": "recording-status" });
  #progress = element("progress", {
    class: "recording-progress",
    max: 1,
    "aria-label": "How far it is made",
  });
  #note = element("p", { class: "studio-note" });
  #play = element("a", { class: "button small", "data-testid": "recording-play" }, "Play");
  #downloads = element("span", { class: "recording-downloads" });

  constructor(actions: DeskActions, isAdmin: boolean) {
    this.#actions = actions;
    const remove = element(
      "button",
      { type: "button", class: "button small is-grave", "data-testid": "recording-delete", hidden: !isAdmin },
      "Delete",
    );
    remove.addEventListener("click", () => void this.#delete());
    this.root = element(
      "li",
      { class: "recording", "data-testid": "recording" },
      this.#poster,
      element(
        "div",
        { class: "recording-words" },
        this.#when,
        element("p", { class: "about-facts" }, this.#status, this.#facts),
        this.#progress,
        this.#note,
      ),
      element("div", { class: "recording-actions" }, this.#play, this.#downloads, remove),
    );
  }

  show(recording: Recording): void {
    this.#recording = recording;
    const { status, tone, facts, progress, note } = recordingWords(recording);
    setText(this.#when, day.format(new Date(recording.startedAt)));
    setText(this.#status, status);
    this.#status.dataset.tone = tone;
    setText(this.#facts, facts);
    this.#progress.hidden = progress === null;
    this.#progress.value = progress ?? 0;
    setText(this.#note, note);
    this.#play.hidden = recording.playbackUrl === null;
    this.#play.href = `/replay/${encodeURIComponent(recording.id)}`;
    this.#showDownloads(recording);
    this.#showPoster(recording.posterUrl);
  }

  #showDownloads({ files }: Recording): void {
    const links = files.map(({ url, durationSeconds }, index) => {
      const words = files.length === 1 ? "Download" : `Download part ${index + 1}`;
      const title = `MP4, ${Math.round(durationSeconds)} s`;
      return element("a", { class: "button small", href: `${url}?download`, title }, words);
    });
    // Their addresses hold a token that is made anew with each look: only new ones are drawn.
    if (links.length === this.#downloads.childElementCount) {
      for (const [index, link] of links.entries())
        (this.#downloads.children[index] as HTMLAnchorElement).href = link.href;
      return;
    }
    this.#downloads.replaceChildren(...links);
  }

  #showPoster(url: string | null): void {
    const isThere = this.#posterUrl !== null;
    if ((url !== null) === isThere) return;
    this.#posterUrl = url;
    this.#poster.replaceChildren(...(url === null ? [] : [element("img", { src: url, alt: "" })]));
  }

  async #delete(): Promise<void> {
    const { id, startedAt, status } = this.#recording!;
    const also = status === "recording" ? " The broadcast goes on, unrecorded." : "";
    const words = `${day.format(new Date(startedAt))}. Its files and every link to it are gone at once.${also}`;
    if (await confirmed("Delete the recording?", words, "Delete the recording"))
      await this.#actions.attempt(() => this.#actions.calls.deleteRecording(id), "The recording is gone.");
  }
}
