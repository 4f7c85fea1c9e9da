import * as v from "valibot";
import { Viewer } from "../../protocol/internal-rooms.ts";

const viewerHeader = "x-rostrum-viewer";
const seatHeader = "x-rostrum-seat";
const SeatHeaders = v.object({ viewer: Viewer, seat: v.string() });

/** What `/ws` tells the gateway about whom it lets in: new headers, so nothing of the client's own is handed on. */
export function seatHeaders(viewer: Viewer, seat: string): Headers {
  return new Headers({
    upgrade: "websocket",
    // Header values are Latin-1 only; names are not.
    [viewerHeader]: encodeURIComponent(JSON.stringify(viewer)),
    [seatHeader]: seat,
  });
}

/** Throws when they are not there: then it was not `/ws` that let this socket in. */
export function readSeatHeaders(headers: {
  get(name: string): string | null;
}): v.InferOutput<typeof SeatHeaders> {
  const viewer: unknown = JSON.parse(decodeURIComponent(headers.get(viewerHeader) ?? ""));
  return v.parse(SeatHeaders, { viewer, seat: headers.get(seatHeader) });
}
