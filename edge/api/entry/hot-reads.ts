/**
 * A one-second memory of reads that thousands ask for at once. One request of a kind, the leader, asks the
 * application; those that come meanwhile, its followers, get the same bytes. Shared are only answers to the very same
 * credentials, so nothing here has to know who may see what. A second is counted from when the leader set out: what a
 * revoked token or a lost role still shows is never older than that.
 */
import { sessionCookie } from "../authentication.ts";
import { namesTag } from "../http-validators.ts";

/** An answer as plain data: a body that is a stream belongs to the request it came with. */
export interface HotAnswer {
  status: number;
  headers: [string, string][];
  body: string;
}

interface Entry {
  credentials: string;
  startedAt: number;
  /** Null when the answer is not for sharing, or there was none. */
  filling: Promise<HotAnswer | null>;
  answer: HotAnswer | null;
}

export interface HotRequest {
  request: Request;
  /** Asks the application; called with the request freed of its conditions. */
  ask: (request: Request) => Promise<Response>;
  waitUntil: (work: Promise<unknown>) => void;
}

const keptMs = 1000;
const mostEntries = 2000;
const longestBody = 262_144;
const hotPath = /^\/api\/(events\/evt_[\w-]{1,60}|sessions\/ses_[\w-]{1,60}|streams(\/str_[\w-]{1,60})?)$/;
/** Headers that belong to one exchange and not to what was answered. */
const ownHeaders = new Set(["x-request-id", "date", "connection", "content-length", "transfer-encoding"]);

export class HotReads {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #patience: () => Promise<null>;

  /** `patience` resolves when a follower should wait no longer for its leader. */
  constructor(now: () => number = Date.now, patience: () => Promise<null> = oneSecond) {
    this.#now = now;
    this.#patience = patience;
  }

  /** Null when the request is none that is shared. */
  async answer({ request, ask, waitUntil }: HotRequest): Promise<Response | null> {
    const key = keyOf(request);
    if (key === null) return null;
    const found = this.#fresh(key.text);
    if (found) {
      const shared = found.answer ?? (await Promise.race([found.filling, this.#patience()]));
      // Its leader is slow, or got what is not for sharing.
      if (shared === null) return ask(request);
      return respond(request, shared, false);
    }
    const response = this.#lead(key, request, ask);
    // A leader who goes away must not take the answer along: its followers would wait for ever.
    waitUntil(response.filling);
    return response.first;
  }

  /** Forgets what these credentials were shown: who writes reads what was written. */
  forget(request: Request): void {
    const credentials = credentialsOf(request);
    if (credentials === anonymous) return;
    for (const [key, entry] of this.#entries) {
      if (entry.credentials === credentials) this.#entries.delete(key);
    }
  }

  #fresh(key: string): Entry | null {
    const entry = this.#entries.get(key);
    if (!entry) return null;
    if (this.#now() - entry.startedAt < keptMs) return entry;
    this.#entries.delete(key);
    return null;
  }

  #lead(key: { text: string; credentials: string }, request: Request, ask: HotRequest["ask"]) {
    const answered = ask(withoutConditions(request)).then(keep);
    const filling = answered.then(
      (answer) => {
        entry.answer = isShareable(answer) ? answer : null;
        if (entry.answer === null || answer.status !== 200) this.#drop(key.text, entry);
        return entry.answer;
      },
      () => {
        this.#drop(key.text, entry);
        return null;
      },
    );
    const entry: Entry = { credentials: key.credentials, startedAt: this.#now(), filling, answer: null };
    this.#makeRoom();
    this.#entries.set(key.text, entry);
    return { filling, first: answered.then((answer) => respond(request, answer, true)) };
  }

  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  /** The oldest come first in a map, so that what is over is found at its beginning. */
  #makeRoom(): void {
    const now = this.#now();
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size < mostEntries && now - entry.startedAt < keptMs) return;
      this.#entries.delete(key);
    }
  }
}

const anonymous = "";

function keyOf(request: Request): { text: string; credentials: string } | null {
  if (request.method !== "GET") return null;
  const { pathname, search } = new URL(request.url);
  if (!hotPath.test(pathname) || search.length > 600) return null;
  const credentials = credentialsOf(request);
  // The answer says which origins may read it.
  const origin = request.headers.get("origin") ?? "";
  return { text: JSON.stringify([pathname, search, credentials, origin]), credentials };
}

/** All that the application finds out by who calls: the header, and the pages' cookie. */
function credentialsOf({ headers }: Request): string {
  const cookies = headers.get("cookie") ?? "";
  // All cookies as they stand: to parse them otherwise than the application does would be to mix people up.
  const cookie = cookies.includes(sessionCookie) ? cookies : null;
  const header = headers.get("authorization");
  return header === null && cookie === null ? anonymous : JSON.stringify([header, cookie]);
}

function withoutConditions(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const name of ["if-none-match", "if-modified-since", "range"]) headers.delete(name);
  return new Request(request, { headers });
}

async function keep(response: Response): Promise<HotAnswer> {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

function isShareable({ headers, body }: HotAnswer): boolean {
  const personal = headers.some(
    ([name, value]) => name === "set-cookie" || (name === "cache-control" && value.includes("no-store")),
  );
  return !personal && body.length <= longestBody;
}

function respond(request: Request, { status, headers, body }: HotAnswer, isLeader: boolean): Response {
  const sent = new Headers(isLeader ? headers : headers.filter(([name]) => !ownHeaders.has(name)));
  const tag = sent.get("etag");
  if (status === 200 && tag !== null && namesTag(request.headers.get("if-none-match") ?? undefined, tag)) {
    for (const name of ["content-type", "content-length"]) sent.delete(name);
    return new Response(null, { status: 304, headers: sent });
  }
  return new Response(status === 204 || status === 304 ? null : body, { status, headers: sent });
}

function oneSecond(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), keptMs));
}
