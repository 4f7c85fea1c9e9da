import type { PlaybackBeat } from "../protocol/streams.ts";

/** What a beat came to. `refused`: its token is no longer good. */
export type BeatOutcome = "heard" | "refused" | "unheard" | { waitSeconds: number };

/** Sends one beat. Never throws. `parting`: the page may be gone before the answer comes. */
export type PostBeat = (beat: PlaybackBeat, parting: boolean) => Promise<BeatOutcome>;

const timeoutMs = 10_000;
const usualWaitSeconds = 15;
const longestWaitSeconds = 300;

/** To the Rostrum at `url`, with nothing that tells who it is but the beat's own token. */
export function postBeatTo(url: string): PostBeat {
  const address = new URL("/api/playback/beat", url).href;
  return async (beat, parting) => {
    const body = JSON.stringify(beat);
    // Browsers that cannot finish a fetch after the page has gone have this for it.
    if (parting && !("keepalive" in Request.prototype) && typeof navigator.sendBeacon === "function") {
      const isQueued = navigator.sendBeacon(address, new Blob([body], { type: "text/plain" }));
      return isQueued ? "heard" : "unheard";
    }
    try {
      const answer = await fetch(address, {
        method: "POST",
        // Of a type that needs no leave to be asked for across origins: there may be no time for that.
        headers: { "content-type": parting ? "text/plain" : "application/json" },
        body,
        credentials: "omit",
        keepalive: parting,
        signal: AbortSignal.timeout(timeoutMs),
      });
      return outcomeOf(answer);
    } catch {
      return "unheard";
    }
  };
}

function outcomeOf({ ok, status, headers }: Response): BeatOutcome {
  if (ok) return "heard";
  if (status === 401) return "refused";
  if (status !== 429 && status !== 503) return "unheard";
  const told = Number(headers.get("retry-after"));
  if (status === 503 && !(told > 0)) return "unheard";
  return { waitSeconds: told > 0 ? Math.min(longestWaitSeconds, told) : usualWaitSeconds };
}
