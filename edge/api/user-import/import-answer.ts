import type { RevokeRequest } from "../../protocol/internal-rooms.ts";
import type { ImportMessage } from "../../protocol/user-import.ts";
import type { UserImport } from "./run-import.ts";

export interface ImportEvents {
  told(revocations: readonly RevokeRequest[]): void;
  /** The last line of an import that cannot go on. */
  failed(error: unknown): ImportMessage;
  /** After the last batch, also when the caller went away before it. */
  ended(): Promise<void>;
}

/**
 * The lines of an import as a body. A batch is carried out when its lines are asked for, so a caller who reads slowly
 * fills no memory, and one who goes away stops it after the batch that runs.
 */
export function importAnswer(
  total: number,
  run: UserImport,
  dryRun: boolean,
  events: ImportEvents,
): { body: ReadableStream<Uint8Array>; ended: Promise<void> } {
  const encoder = new TextEncoder();
  const line = (message: ImportMessage) => `${JSON.stringify(message)}\n`;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(line({ type: "progress", done: 0, total })));
      },
      async pull(controller) {
        try {
          const batch = await run.nextBatch();
          if (batch !== null) {
            events.told(batch.revocations);
            controller.enqueue(encoder.encode(batch.messages.map(line).join("")));
            return;
          }
          await events.ended();
          const { created, updated, skipped, invalid } = run.counts;
          const summary = { type: "summary", created, updated, skipped, invalid, dryRun } as const;
          controller.enqueue(encoder.encode(line(summary)));
        } catch (error) {
          controller.enqueue(encoder.encode(line(events.failed(error))));
        }
        controller.close();
        finish();
      },
      async cancel() {
        await events.ended().finally(finish);
      },
    },
    { highWaterMark: 1 },
  );
  return { body, ended: finished };
}
