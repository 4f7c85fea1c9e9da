/** AMF0, the encoding of RTMP's commands (Adobe, Action Message Format 0, §2). Only what RTMP peers send. */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | AmfValue[]
  | { [name: string]: AmfValue };

const maxDepth = 16;

export function encodeAmf0(values: readonly AmfValue[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: AmfValue): Buffer {
  if (value === null) return Buffer.from([5]);
  if (value === undefined) return Buffer.from([6]);
  if (typeof value === "boolean") return Buffer.from([1, value ? 1 : 0]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === "string") {
    const text = Buffer.from(value, "utf8");
    if (text.length > 0xffff) {
      const head = Buffer.from([12, 0, 0, 0, 0]);
      head.writeUInt32BE(text.length, 1);
      return Buffer.concat([head, text]);
    }
    return Buffer.concat([Buffer.from([2]), encodeName(value)]);
  }
  if (Array.isArray(value)) {
    const head = Buffer.from([10, 0, 0, 0, 0]);
    head.writeUInt32BE(value.length, 1);
    return Buffer.concat([head, ...value.map(encodeValue)]);
  }
  const entries = Object.entries(value).flatMap(([name, item]) => [encodeName(name), encodeValue(item)]);
  return Buffer.concat([Buffer.from([3]), ...entries, Buffer.from([0, 0, 9])]);
}

function encodeName(name: string): Buffer {
  const text = Buffer.from(name, "utf8");
  const head = Buffer.alloc(2);
  head.writeUInt16BE(text.length);
  return Buffer.concat([head, text]);
}

/** Every value of a message body, in order. Throws RangeError on a truncated body or a type RTMP does not use. */
export function decodeAmf0(body: Buffer): AmfValue[] {
  const cursor = { body, at: 0 };
  const values: AmfValue[] = [];
  while (cursor.at < body.length) values.push(decodeValue(cursor, 0));
  return values;
}

interface Cursor {
  readonly body: Buffer;
  at: number;
}

/** Moves on by `count` bytes and answers where they began. Buffer's own reads throw RangeError past the end. */
function take(cursor: Cursor, count: number): number {
  const start = cursor.at;
  if (start + count > cursor.body.length) throw new RangeError("AMF0 value is truncated");
  cursor.at += count;
  return start;
}

function decodeText(cursor: Cursor, length: number): string {
  const start = take(cursor, length);
  return cursor.body.toString("utf8", start, start + length);
}

function decodeValue(cursor: Cursor, depth: number): AmfValue {
  if (depth > maxDepth) throw new RangeError("AMF0 value is too deep");
  const marker = cursor.body.readUInt8(take(cursor, 1));
  switch (marker) {
    case 0:
      return cursor.body.readDoubleBE(take(cursor, 8));
    case 1:
      return cursor.body.readUInt8(take(cursor, 1)) !== 0;
    case 2:
      return decodeText(cursor, cursor.body.readUInt16BE(take(cursor, 2)));
    case 3:
      return decodeObject(cursor, depth);
    case 5:
      return null;
    case 6:
      return undefined;
    case 8:
      // An ECMA array's count is a hint (§2.10); what ends it is the end marker, as for objects.
      take(cursor, 4);
      return decodeObject(cursor, depth);
    case 10: {
      const count = cursor.body.readUInt32BE(take(cursor, 4));
      const items: AmfValue[] = [];
      for (let index = 0; index < count; index++) items.push(decodeValue(cursor, depth + 1));
      return items;
    }
    case 11: {
      const at = cursor.body.readDoubleBE(take(cursor, 8));
      take(cursor, 2);
      return at;
    }
    case 12:
      return decodeText(cursor, cursor.body.readUInt32BE(take(cursor, 4)));
    default:
      throw new RangeError(`AMF0 marker ${marker} is not supported`);
  }
}

function decodeObject(cursor: Cursor, depth: number): { [name: string]: AmfValue } {
  // No prototype: the names come from outside, and `__proto__` is one of them.
  const object = Object.create(null) as { [name: string]: AmfValue };
  for (;;) {
    const name = decodeText(cursor, cursor.body.readUInt16BE(take(cursor, 2)));
    if (name === "" && cursor.body.readUInt8(cursor.at) === 9) {
      take(cursor, 1);
      return object;
    }
    object[name] = decodeValue(cursor, depth + 1);
  }
}

export function isAmfObject(value: AmfValue): value is { [name: string]: AmfValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
