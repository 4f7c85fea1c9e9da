/**
 * The password-hashing service: a workerd process of its own, so that the tenth of a second a hash takes never
 * holds up another request. One job at a time, a bounded queue, 429 when it is full.
 */
import * as v from "valibot";
import { carriesInternalKey } from "../auth/internal-key.ts";
import { createLog, describeError } from "../protocol/log.ts";
import { BoundedQueue } from "./password-hashing/bounded-queue.ts";
import { HashRequest } from "./password-hashing/remote-hasher.ts";
import { scryptHash, scryptVerify } from "./password-hashing/scrypt.ts";
import { type DurableObjectNamespace, type DurableObjectState, soleObject } from "./platform.ts";

interface HasherBindings {
  INTERNAL_API_KEY: string;
  HASH_QUEUE?: string;
  HASHER_HOST: DurableObjectNamespace;
}

const log = createLog("hasher");
const longestWaitMs = 15_000;

/**
 * Holds the queue. A Durable Object, because only inside one may a request wait for what another request began.
 */
export class HasherHost {
  readonly #queue: BoundedQueue;

  constructor(_state: DurableObjectState, bindings: HasherBindings) {
    this.#queue = new BoundedQueue(Number(bindings.HASH_QUEUE) || 64, yieldToArrivals);
  }

  async fetch(request: Request): Promise<Response> {
    const parsed = v.safeParse(HashRequest, await request.json().catch(() => null));
    if (!parsed.success) return answer(422, { title: "The request is not valid" });
    const job = parsed.output;
    const arrivedAt = Date.now();
    const outcome = await this.#queue.run(async () => {
      // Whoever asked has given up by now; the next in line may still be waiting.
      if (Date.now() - arrivedAt > longestWaitMs) return null;
      return job.action === "hash"
        ? { hash: await scryptHash(job.password) }
        : { matches: await scryptVerify(job.password, job.stored) };
    });
    return outcome
      ? answer(200, outcome)
      : answer(429, { title: "Too many are waiting" }, { "retry-after": "2" });
  }
}

export default {
  async fetch(request: Request, bindings: HasherBindings): Promise<Response> {
    if (new URL(request.url).pathname === "/health") return answer(200, { status: "ok" });
    if (!(await carriesInternalKey(request.headers.get("authorization"), bindings.INTERNAL_API_KEY))) {
      return answer(401, { title: "Sign in first" });
    }
    try {
      return await soleObject(bindings.HASHER_HOST).fetch(request);
    } catch (error) {
      log.error("hashing-failed", describeError(error));
      return answer(503, { title: "A part of the service is away" });
    }
  },
};

/** scrypt occupies the thread; a turn of the event loop before each job lets arrivals be counted and refused. */
function yieldToArrivals(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": status < 400 ? "application/json" : "application/problem+json", ...headers },
  });
}
