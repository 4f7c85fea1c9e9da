import type { Stream } from "../../protocol/streams.ts";
import { KeyedList } from "../session/keyed-list.ts";
import { ApiError } from "../shared/api-client.ts";
import { element, required, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { RepeatedLook } from "../shared/repeated-look.ts";
import { openNewStream } from "./new-stream.ts";
import { StreamCard } from "./stream-card.ts";
import { inOrder, isRunByMe, isRunning } from "./stream-order.ts";
import { loadStreams, StreamCalls } from "./studio-calls.ts";

const lookEveryMs = 5_000;
/** A picture costs a request of its own; more than these on air at once are listed without one. */
const mostThumbnails = 24;

/** The streams one may run, those on air first. */
export class StreamList {
  #cards = new KeyedList<Stream>(required("#stream-list"), (stream) => new StreamCard(stream));
  #thumbnails = new Map<string, string | null>();

  constructor(isAdmin: boolean) {
    required<HTMLElement>("#streams").hidden = false;
    const create = required<HTMLButtonElement>("#new-stream");
    create.hidden = !isAdmin;
    create.addEventListener("click", () => openNewStream());
    const look = new RepeatedLook(lookEveryMs, () => this.#look());
    setText(required("#streams-words"), "Looking for your streams.");
    look.now();
  }

  async #look(): Promise<void> {
    try {
      const streams = inOrder((await loadStreams()).filter(isRunByMe));
      setText(required("#streams-words"), streams.length === 0 ? "There is no stream that you may run." : "");
      this.#show(streams);
      await this.#lookAtPictures(streams);
      this.#show(streams);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(required("#streams-words"), `${describeProblem(error.problem)} Trying again by itself.`);
    }
  }

  #show(streams: Stream[]): void {
    this.#cards.show(streams.map((stream) => [stream.id, stream] as const));
    for (const { id } of streams) {
      const picture = document.querySelector<HTMLElement>(
        `[data-stream="${CSS.escape(id)}"] .stream-picture`,
      );
      if (picture) showPicture(picture, this.#thumbnails.get(id) ?? null);
    }
  }

  async #lookAtPictures(streams: Stream[]): Promise<void> {
    const running = streams.filter(isRunning).slice(0, mostThumbnails);
    const found = await Promise.all(
      running.map(async ({ id }) => {
        const stats = await new StreamCalls(id).stats().catch(() => null);
        return [id, stats?.thumbnailUrl ?? null] as const;
      }),
    );
    this.#thumbnails = new Map(found);
  }
}

/** Loaded aside first, so that the place is never empty between two pictures. */
function showPicture(place: HTMLElement, url: string | null): void {
  if (url === null) {
    place.replaceChildren();
    return;
  }
  const image = element("img", { src: freshUrl(url), alt: "" });
  image.addEventListener("load", () => place.replaceChildren(image));
}

/** The same address has another picture every few seconds. */
function freshUrl(url: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}at=${Math.floor(Date.now() / lookEveryMs)}`;
}
