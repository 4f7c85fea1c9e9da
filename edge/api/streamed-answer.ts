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
