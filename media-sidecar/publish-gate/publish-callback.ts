/** nginx-rtmp's callbacks, as they come: form data of which an encoder wrote a part. Pure. */
import { streamKeyPattern } from "../../edge/protocol/streams.ts";

export interface PublishCallback {
  /** nginx's number of the connection. */
  clientId: string;
  /** The encoder's address. */
  address: string;
  streamKey: string;
}
export type CallbackReading =
  | { ok: true; callback: PublishCallback }
  | { ok: false; reason: "not-a-callback" | "ambiguous" | "malformed-key" };

/**
 * Reads the body of `on_publish`. What follows `?` in a key arrives here as parameters of its own, behind nginx's,
 * unescaped: so it may repeat nginx's, and is refused when it does. Other parameters (some encoders add them) are
 * left aside.
 */
export function readPublish(body: string): CallbackReading {
  const form = new URLSearchParams(body);
  const own = ["call", "app", "name", "addr", "clientid"];
  if (own.some((field) => form.getAll(field).length > 1)) return { ok: false, reason: "ambiguous" };
  const clientId = form.get("clientid") ?? "";
  const streamKey = form.get("name");
  if (form.get("call") !== "publish" || streamKey === null || !/^\d{1,20}$/.test(clientId)) {
    return { ok: false, reason: "not-a-callback" };
  }
  if (!streamKeyPattern.test(streamKey)) return { ok: false, reason: "malformed-key" };
  return { ok: true, callback: { clientId, address: (form.get("addr") ?? "").slice(0, 64), streamKey } };
}

/** The client id of `on_publish_done`, null when it is not one. Its `name` is still the key: never keep it. */
export function readPublishDone(body: string): string | null {
  // nginx's own field stands before anything an encoder wrote.
  const clientId = new URLSearchParams(body).get("clientid") ?? "";
  return /^\d{1,20}$/.test(clientId) ? clientId : null;
}
