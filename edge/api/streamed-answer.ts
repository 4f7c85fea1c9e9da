import { loggableCause } from "../db/constraint-errors.ts";
import { describeError } from "../protocol/log.ts";
import { attachment } from "./attachment.ts";
import type { ApiDependencies } from "./dependencies.ts";
import type { ApiContext } from "./request-context.ts";

/** What became of an answer's body: all of it went out, its reader left, or making it failed. */
export type StreamEnd = { outcome: "complete" | "left" } | { outcome: "failed"; error: unknown };

export interface StreamedAnswer {
  body: ReadableStream<Uint8Array>;
  ended: Promise<StreamEnd>;
}

/**
 * Text as a body that is made while it is read: the next part is asked for when the reader has room for it, and none
 * any more when the reader is gone. What fails midway breaks the body off, so that nobody takes what came for all.
 *
 * Resolves with the first part made: what fails by then is still an answer of its own.
 */
export async function streamText(parts: AsyncGenerator<string, void, undefined>): Promise<StreamedAnswer> {
  const encoder = new TextEncoder();
  let next = await parts.next();
  let end: (how: StreamEnd) => void = () => {};
  const ended = new Promise<StreamEnd>((resolve) => {
    end = resolve;
  });
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (!isFirst) next = await parts.next();
          isFirst = false;
          if (!next.done) return controller.enqueue(encoder.encode(next.value));
          controller.close();
          end({ outcome: "complete" });
        } catch (error) {
          controller.error(error);
          end({ outcome: "failed", error });
        }
      },
      async cancel() {
        end({ outcome: "left" });
        await parts.return();
      },
    },
    { highWaterMark: 0 },
  );
  return { body, ended };
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
  const { body, ended } = await streamText(text);
  const logged = ended.then((end) => {
    const error = end.outcome === "failed" ? { error: describeError(loggableCause(end.error)) } : {};
    c.var.log[end.outcome === "failed" ? "error" : "info"]("file-ended", { outcome: end.outcome, ...error });
  });
  // Where connections live as long as a request, this one lasts until its last row.
  waitUntil(logged);
  return c.body(body, 200, headers);
}
