/**
 * The Worker: `default` is what the world reaches, `internal` what media servers and rooms reach, on a port of its
 * own. Requests that need the database go to a Durable Object that holds a pool, or through Hyperdrive where bound.
 */
import { createLog, describeError } from "../protocol/log.ts";
import { Problem, type ProblemCode } from "../protocol/problem.ts";
import { createInternalApp, createPublicApp } from "./app.ts";
import {
  answerThroughHyperdrive,
  type Bindings,
  type HostedApplication,
  hostApplication,
  metrics,
} from "./entry/application-host.ts";
import { answerBeat, takesBeats, writeBeatsUrl } from "./entry/beats-at-entry.ts";
import { forwardedRequest } from "./entry/forwarded-request.ts";
import { HotReads } from "./entry/hot-reads.ts";
import { answerPage, pageFile } from "./entry/pages.ts";
import { parseTrustedProxies } from "./environment.ts";
import {
  type DurableObjectNamespace,
  type DurableObjectState,
  type ExecutionContext,
  type Fetcher,
  soleObject,
} from "./platform.ts";
import { beatPath } from "./playback/beat-routes.ts";

interface EntryBindings extends Bindings {
  PUBLIC_API_HOST: DurableObjectNamespace;
  INTERNAL_API_HOST: DurableObjectNamespace;
  /** The built pages. */
  ASSETS?: Fetcher;
}

const log = createLog("api");
/** For all requests of this isolate: what they share is bytes, never a socket. */
const hotReads = new HotReads();

abstract class ApplicationHost {
  readonly #hosted: HostedApplication;

  constructor(createApp: typeof createPublicApp, state: DurableObjectState, bindings: Bindings) {
    this.#hosted = hostApplication(createApp, bindings, (work) => state.waitUntil(work));
  }

  async fetch(request: Request): Promise<Response> {
    if (request.url !== writeBeatsUrl) return this.#hosted.app.fetch(request);
    this.#hosted.writeBeats();
    return new Response(null, { status: 204 });
  }
}

export class PublicApiHost extends ApplicationHost {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(createPublicApp, state, bindings);
  }
}

export class InternalApiHost extends ApplicationHost {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(createInternalApp, state, bindings);
  }
}

export default {
  async fetch(request: Request, bindings: EntryBindings, context: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    const file = bindings.ASSETS ? pageFile(pathname) : null;
    if (!file && (pathname === "/api" || pathname.startsWith("/api/"))) {
      return answerOr503(() => answerPublicly(request, bindings, context));
    }
    if (!file || !bindings.ASSETS) return problem("not-found");
    if (request.method !== "GET" && request.method !== "HEAD") return problem("method-not-allowed");
    const assets = bindings.ASSETS;
    return answerOr503(async () => (await answerPage(request, file, assets)) ?? problem("not-found"));
  },
};

export const internal = {
  async fetch(request: Request, bindings: EntryBindings, context: ExecutionContext): Promise<Response> {
    return answerOr503(() =>
      askApplication(createInternalApp, bindings.INTERNAL_API_HOST, request, bindings, context),
    );
  },

  /** Cloudflare's cron trigger; at home the supervisor calls the same. */
  async scheduled(_event: unknown, bindings: EntryBindings, context: ExecutionContext): Promise<void> {
    const headers = { authorization: `Bearer ${bindings.INTERNAL_API_KEY}` };
    const tick = new Request("https://internal/internal/tick", { method: "POST", headers });
    await internal.fetch(tick, bindings, context);
  },
};

async function answerPublicly(
  request: Request,
  bindings: EntryBindings,
  context: ExecutionContext,
): Promise<Response> {
  const forward = (asked: Request) => forwardedRequest(asked, parseTrustedProxies(bindings.TRUSTED_PROXIES));
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
  // Thousands a second; and a viewer's beat is no write after which others' answers would be old.
  if (request.method === "POST" && new URL(request.url).pathname === beatPath) {
    return takesBeats(request, bindings)
      ? answerBeat(forward(request), bindings, bindings.PUBLIC_API_HOST, waitUntil)
      : askApplication(createPublicApp, bindings.PUBLIC_API_HOST, forward(request), bindings, context);
  }
  const ask = (asked: Request) =>
    askApplication(createPublicApp, bindings.PUBLIC_API_HOST, forward(asked), bindings, context);
  let wasAsked = false;
  const lead = (asked: Request) => {
    wasAsked = true;
    return ask(asked);
  };
  const shared = await hotReads.answer({ request, ask: lead, waitUntil });
  if (shared) {
    metrics.hotRead(wasAsked ? "asked" : "shared");
    return shared;
  }
  try {
    return await ask(request);
  } finally {
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) hotReads.forget(request);
  }
}

function askApplication(
  createApp: typeof createPublicApp,
  host: DurableObjectNamespace,
  request: Request,
  bindings: Bindings,
  context: ExecutionContext,
): Promise<Response> {
  const { HYPERDRIVE } = bindings;
  if (!HYPERDRIVE) return soleObject(host).fetch(request);
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
  return answerThroughHyperdrive(createApp, bindings, HYPERDRIVE, request, waitUntil);
}

/** The entry never throws: what it would throw is that a part behind it is away. */
async function answerOr503(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    log.error("application-away", describeError(error));
    return problem("unavailable", { retryAfterSeconds: 2 });
  }
}

function problem(code: ProblemCode, options: { retryAfterSeconds?: number } = {}): Response {
  const { status, ...rest } = new Problem(code, options).body();
  const retryAfter = options.retryAfterSeconds;
  return new Response(JSON.stringify({ ...rest, status }), {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    },
  });
}
