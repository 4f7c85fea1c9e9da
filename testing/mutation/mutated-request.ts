/** A valid request, changed: from the operation, what it expects, and the mutations, to what is sent. Pure. */
import type { DocumentedOperation } from "./documented-operation.ts";
import type { Mutation } from "./request-mutations.ts";

export interface ValidRequest {
  parameters: Record<string, string>;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  contentType?: string;
}

export function mutatedRequest(
  { method, path, example }: DocumentedOperation,
  valid: ValidRequest,
  mutations: readonly Mutation[],
  /** Puts the ids of a world into a text. */
  withIds: (text: string) => string,
): Request {
  const parameters = { ...valid.parameters };
  const query: string[] = [];
  const headers = new Headers(valid.headers);
  let { body, contentType } = valid;
  const fields = mutations.filter((mutation) => mutation.in === "field");
  if (fields.length > 0) {
    body = withFields(
      contentType === "application/json" ? String(body) : JSON.stringify(example ?? {}),
      fields,
    );
    contentType = "application/json";
  }
  for (const mutation of mutations) {
    if (mutation.in === "path") parameters[mutation.name] = withIds(mutation.value);
    if (mutation.in === "query")
      query.push(`${percentEncoded(mutation.name)}=${percentEncoded(withIds(mutation.value))}`);
    if (mutation.in === "header") headers.append(mutation.name, mutation.value);
    if (mutation.in === "body") body = mutation.text;
    if (mutation.in === "content-type") contentType = mutation.value;
    if (mutation.in === "bytes" && body !== undefined) body = damaged(body, mutation);
  }
  if (contentType !== undefined && contentType !== "") headers.append("content-type", contentType);
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => percentEncoded(parameters[name] ?? "absent"));
  const sent = typeof body === "string" ? new TextEncoder().encode(withIds(body)) : body;
  return new Request(`http://rostrum.test${url}${query.length > 0 ? `?${query.join("&")}` : ""}`, {
    method,
    headers,
    ...(method === "GET" || sent === undefined ? {} : { body: sent }),
  });
}

/** A line that tells what was done, without its million characters. */
export function describeMutations(mutations: readonly Mutation[]): string {
  return mutations
    .map((mutation) => {
      const text = JSON.stringify(mutation);
      return text.length > 300 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
    })
    .join(" and ");
}

/** JSON texts are put in as they are, since `1e309` and a lone surrogate are values that no object can hold. */
function withFields(text: string, fields: readonly Extract<Mutation, { in: "field" }>[]): string {
  let tree: unknown = JSON.parse(text);
  const texts: string[] = [];
  for (const { at, json } of fields) {
    tree = put(tree, at, json === null ? undefined : `@json:${texts.push(json) - 1}@`);
  }
  return (JSON.stringify(tree) ?? "").replace(/"@json:(\d+)@"/g, (_, index) => texts[Number(index)] ?? "");
}

function put(tree: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const isObject = typeof tree === "object" && tree !== null;
  const copy = (key === "0" ? (Array.isArray(tree) ? [...tree] : []) : isObject ? { ...tree } : {}) as Record<
    string,
    unknown
  >;
  copy[key] = put(copy[key], rest, value);
  return copy;
}

function damaged(
  body: string | Uint8Array<ArrayBuffer>,
  { cutAt, turnedAt }: Extract<Mutation, { in: "bytes" }>,
): Uint8Array<ArrayBuffer> {
  const whole = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const bytes = new Uint8Array(whole.slice(0, Math.round(whole.length * cutAt)));
  for (const part of turnedAt) {
    const index = Math.floor(part * (bytes.length - 1));
    if (bytes[index] !== undefined) bytes[index] ^= 1 << (index % 8);
  }
  return bytes;
}

/** As `encodeURIComponent`, which refuses lone surrogates: those go out as the bytes that they would be. */
function percentEncoded(text: string): string {
  return text.replace(/\p{Surrogate}|\P{Surrogate}+/gu, (part) => {
    const code = part.charCodeAt(0);
    if (part.length > 1 || code < 0xd800 || code > 0xdfff) return encodeURIComponent(part);
    const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
    return bytes.map((byte) => `%${byte.toString(16)}`).join("");
  });
}
