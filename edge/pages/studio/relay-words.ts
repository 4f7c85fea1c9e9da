import type { Relay } from "../../protocol/relays.ts";
import { bitrateWords } from "../shared/amounts.ts";

/** What a relay does, in words; `detail` says what is wrong or how much is sent. */
export interface RelayWords {
  word: string;
  tone: "off" | "live" | "busy" | "problem";
  detail: string;
}

export function relayWords({ enabled, status, error, bitrate, attempts }: Relay): RelayWords {
  if (!enabled) return { word: "Off", tone: "off", detail: "" };
  switch (status) {
    case "idle":
      return { word: "Waits for the stream", tone: "off", detail: error ?? "" };
    case "connecting":
      return { word: "Connecting", tone: "busy", detail: "" };
    case "live":
      return { word: "Live", tone: "live", detail: bitrate === null ? "" : bitrateWords(bitrate) };
    case "retrying": {
      const tries = attempts > 1 ? ` Tried ${attempts} times.` : "";
      return { word: "Trying again", tone: "busy", detail: `${sentence(error)}${tries}`.trim() };
    }
    case "failed":
      return { word: "Does not work", tone: "problem", detail: sentence(error) };
  }
}

function sentence(text: string | null): string {
  if (text === null || text === "") return "";
  const begun = text[0]!.toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
