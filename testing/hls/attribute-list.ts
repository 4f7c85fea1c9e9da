/** Attribute lists (RFC 8216bis §4.2), read strictly. */

export type Attributes = ReadonlyMap<string, AttributeValue>;

export type AttributeValue =
  | { readonly kind: "quoted"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number }
  | { readonly kind: "resolution"; readonly text: string }
  | { readonly kind: "word"; readonly text: string };

const attribute = /^([A-Z0-9-]+)=(?:"([^"\r\n]*)"|([^",\s]+))/;

/** Answers what is wrong as text. */
export function readAttributes(list: string): Attributes | string {
  const attributes = new Map<string, AttributeValue>();
  let rest = list;
  for (;;) {
    const match = attribute.exec(rest);
    if (match === null) return `no attribute begins at ${JSON.stringify(rest.slice(0, 40))}`;
    const [whole, name = "", quoted, plain = ""] = match;
    // An AttributeName MUST NOT occur twice.
    if (attributes.has(name)) return `${name} occurs twice`;
    attributes.set(name, quoted === undefined ? plainValue(plain) : { kind: "quoted", text: quoted });
    rest = rest.slice(whole.length);
    if (rest === "") return attributes;
    // No whitespace around the comma, and no comma at the end.
    if (!rest.startsWith(",") || rest.length === 1) return `unexpected ${JSON.stringify(rest.slice(0, 40))}`;
    rest = rest.slice(1);
  }
}

function plainValue(text: string): AttributeValue {
  if (/^\d+(\.\d+)?$/.test(text)) return { kind: "number", text, value: Number(text) };
  if (/^\d+x\d+$/.test(text)) return { kind: "resolution", text };
  return { kind: "word", text };
}

export function numberOf(attributes: Attributes | null, name: string): number | null {
  const value = attributes?.get(name);
  return value?.kind === "number" ? value.value : null;
}

export function quotedOf(attributes: Attributes | null, name: string): string | null {
  const value = attributes?.get(name);
  return value?.kind === "quoted" ? value.text : null;
}

export function wordOf(attributes: Attributes | null, name: string): string | null {
  const value = attributes?.get(name);
  return value?.kind === "word" ? value.text : null;
}
