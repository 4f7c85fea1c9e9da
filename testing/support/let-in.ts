import type { Publisher } from "./publisher.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Publishes as encoders do: again and again until one is let in, which is the answer. `printed` is all that the
 * sidecar printed so far, where it says whom it lets in; `playbackId` is the stream's, where others are let in as well.
 */
export function untilLetIn(
  printed: () => string,
  publish: () => Publisher | Promise<Publisher>,
  playbackId = "",
): Promise<Publisher> {
  const isAllowed = (line: string) => line.includes('"publish.allowed"') && line.includes(playbackId);
  return waitFor(
    "an encoder is let in",
    async () => {
      const from = printed().length;
      const attempt = await publish();
      const over = await Promise.race([
        attempt.ended,
        waitFor("a verdict", () => printed().slice(from).split("\n").some(isAllowed)),
      ]);
      return over === true && attempt;
    },
    { timeoutSeconds: 90 },
  );
}
