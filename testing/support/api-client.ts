import type { SignedIn } from "../../edge/protocol/accounts.ts";
import type { Event, Session } from "../../edge/protocol/events.ts";
import type { Playback, Stream, StreamCreated } from "../../edge/protocol/streams.ts";

/** A caller of the HTTP API with one identity. An answer that was not expected throws with its body. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    readonly token: string | null = null,
  ) {}

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  as(token: string): ApiClient {
    return new ApiClient(this.baseUrl, token);
  }

  async login(email: string, password: string): Promise<ApiClient> {
    return this.as((await this.call<SignedIn>("POST", "/api/auth/login", { email, password })).token);
  }

  /** A new attendee, signed in. */
  async register(name: string): Promise<{ client: ApiClient; signedIn: SignedIn; password: string }> {
    const password = `correct horse ${crypto.randomUUID()}`;
    const email = `${crypto.randomUUID()}@example.org`;
    const signedIn = await this.call<SignedIn>("POST", "/api/auth/register", { email, password, name });
    return { client: this.as(signedIn.token), signedIn, password };
  }

  createEvent(entries: Record<string, unknown> = {}): Promise<Event> {
    return this.call("POST", "/api/events", { title: "An event of a test", status: "live", ...entries });
  }

  createSession(eventId: string, entries: Record<string, unknown> = {}): Promise<Session> {
    return this.call("POST", `/api/events/${eventId}/sessions`, { title: "A session", ...entries });
  }

  createStream(entries: Record<string, unknown> = {}): Promise<StreamCreated> {
    return this.call("POST", "/api/streams", { title: "A stream", ...entries });
  }

  /** A public event with one session and a stream bound to it. */
  async createStage(
    stream: Record<string, unknown> = {},
  ): Promise<StreamCreated & { event: Event; session: Session }> {
    const event = await this.createEvent();
    const session = await this.createSession(event.id);
    return { ...(await this.createStream({ sessionId: session.id, ...stream })), event, session };
  }

  stream(id: string): Promise<Stream> {
    return this.call("GET", `/api/streams/${id}`);
  }

  playback(id: string): Promise<Playback> {
    return this.call("GET", `/api/streams/${id}/playback`);
  }
}
