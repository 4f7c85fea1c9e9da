import { loggableCause } from "../db/constraint-errors.ts";
import { describeError } from "../protocol/log.ts";
import { attachment } from "./attachment.ts";
import type { ApiDependencies } from "./dependencies.ts";
import type { ApiContext } from "./request-context.ts";

/** What became of an answer's body: all of it went out, its reader left, or making it failed. */
export type StreamEnd = { outcome: "complete" | "left" } | { outcome: "failed"; error: unknown };

/**
 * Text as a body that is made while it is read: the next part is asked for when the reader has room for it, and none
 * any more when the reader is gone. What fails midway breaks the body off. `told` hears how it ended, at once: where
 * the request of a reader who left is torn down, no promise of it goes on. (workerd does not always say so when a
 * reader leaves while a part is being made; it just asks for no more.)
 *
 * Resolves with the first part made: what fails by then is still an answer of its own.
 */
export async function streamText(
  parts: AsyncGenerator<string, void, undefined>,
  told: (end: StreamEnd) => void,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  let next = await parts.next();
  let isFirst = true;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (!isFirst) next = await parts.next();
          isFirst = false;
          if (!next.done) return controller.enqueue(encoder.encode(next.value));
          controller.close();
          told({ outcome: "complete" });
        } catch (error) {
          controller.error(error);
          told({ outcome: "failed", error });
        }
      },
      async cancel() {
        told({ outcome: "left" });
        await parts.return();
      },
    },
    { highWaterMark: 0 },
  );
}

export interface StreamedFile {
  /** As a person should find it among their downloads. */
  name: string;
  contentType: string;
  text: AsyncGenerator<string, void, undefined>;
}

/** A file to keep, made while it is read; how that ended is a line in the log. */
export async function answerFile(
  { waitUntil }: Pick<ApiDependencies, "waitUntil">,
  c: ApiContext,
  { name, contentType, text }: StreamedFile,
): Promise<Response> {
  const headers = {
    "content-type": contentType,
    "content-disposition": attachment(name),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // nginx would else take all of it in, however slowly its client reads.
    "x-accel-buffering": "no",
  };
  if (c.req.method === "HEAD") return c.body(null, 200, headers);
  // Where connections live as long as a request, this one lasts until its last row.
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const body = await streamText(text, (how) => {
    const { outcome } = how;
    if (how.outcome === "failed") {
      c.var.log.error("file-ended", { outcome, error: describeError(loggableCause(how.error)) });
    } else c.var.log.info("file-ended", { outcome });
    end();
  });
  waitUntil(ended);
  return c.body(body, 200, headers);
}
