/**
 * A reply of Redis as JSON. Integers stay numbers, nil stays null, lists stay lists. Bulk strings become text, or
 * base64 when the caller asked with `Upstash-Encoding: base64` (then any bytes survive). The status "OK" is sent
 * plain in both: @upstash/redis does not decode exactly that word.
 */
export function encodeReply(reply: unknown, base64: boolean): unknown {
  if (Buffer.isBuffer(reply)) {
    const text = reply.toString("utf8");
    return base64 && text !== "OK" ? reply.toString("base64") : text;
  }
  if (Array.isArray(reply)) return reply.map((entry) => encodeReply(entry, base64));
  if (typeof reply === "string") return encodeReply(Buffer.from(reply), base64);
  if (typeof reply === "bigint") return Number(reply);
  return reply ?? null;
}
