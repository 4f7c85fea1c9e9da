import type { KeyRegenerated } from "../../protocol/streams.ts";
import { element } from "../shared/element.ts";
import { copyField } from "./copy-field.ts";

/** A key as it is shown once, with what an encoder asks for beside it. */
export function keyWords({ streamKey, ingestUrl }: KeyRegenerated): HTMLElement[] {
  return [
    element(
      "p",
      { class: "dialog-words" },
      "Put both into your encoder. The key is shown this once; whoever has it can go on air as you.",
    ),
    copyField("Server", ingestUrl),
    copyField("Stream key", streamKey, "stream-key"),
  ];
}
