import type { Stream, StreamStatus } from "../../protocol/streams.ts";

/** What is wrong with a stream is told to who may run it, and to nobody else. */
export function isRunByMe({ warnings }: Pick<Stream, "warnings">): boolean {
  return warnings !== undefined;
}

export function isRunning({ status }: Pick<Stream, "status">): boolean {
  return rank[status] < 3;
}

/** On air first; within that as they came, which is newest first. */
export function inOrder<S extends Pick<Stream, "status">>(streams: readonly S[]): S[] {
  return streams.toSorted((a, b) => rank[a.status] - rank[b.status]);
}

const rank: Record<StreamStatus, number> = { live: 0, reconnecting: 1, starting: 2, idle: 3, ended: 3 };
