import { describeError, type Log } from "../../protocol/log.ts";
import type { RedisClient } from "../redis.ts";

export interface AttemptLimit {
  /** What is limited, and for whom; no personal data, since it becomes a key in Redis. */
  name: string;
  max: number;
  windowSeconds: number;
}

export type Attempt = { allowed: true } | { allowed: false; retryAfterSeconds: number };

/**
 * Counts attempts in fixed windows. An attempt is taken before the work, so that a thousand at once cannot pass
 * where ten may, and given back when it turned out not to count.
 */
export interface AttemptLimiter {
  take(limit: AttemptLimit): Promise<Attempt>;
  giveBack(limit: AttemptLimit): Promise<void>;
}

interface Count {
  taken: number;
  expiresAt: number;
}

/** Counts in this process: what is left when Redis is away. Remembers the newest ten thousand names. */
export class MemoryCounts {
  readonly #counts = new Map<string, Count>();
  readonly #capacity: number;

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  take({ name, max, windowSeconds }: AttemptLimit, now: number): Attempt {
    let count = this.#counts.get(name);
    if (!count || count.expiresAt <= now) {
      count = { taken: 0, expiresAt: now + windowSeconds * 1000 };
      this.#counts.delete(name);
      this.#counts.set(name, count);
      if (this.#counts.size > this.#capacity) this.#forgetOldest();
    }
    if (count.taken >= max) {
      return { allowed: false, retryAfterSeconds: Math.ceil((count.expiresAt - now) / 1000) };
    }
    count.taken++;
    return { allowed: true };
  }

  giveBack({ name }: AttemptLimit): void {
    const count = this.#counts.get(name);
    if (count && count.taken > 0) count.taken--;
  }

  #forgetOldest(): void {
    for (const name of this.#counts.keys()) {
      this.#counts.delete(name);
      return;
    }
  }
}

const redisRestMs = 5000;
// A key that ended meanwhile must not come back below zero and without an end.
const giveBackScript =
  "if redis.call('exists', KEYS[1]) == 1 then return redis.call('decr', KEYS[1]) end return 0";

/** Counts in Redis, and in memory for a few seconds whenever Redis fails: limits never keep anyone out by a fault. */
export function createAttemptLimiter(redis: RedisClient, log: Log, clock: () => Date): AttemptLimiter {
  const memory = new MemoryCounts();
  let redisAwayUntil = 0;

  async function inRedis<T>(work: () => Promise<T>): Promise<T | null> {
    if (clock().getTime() < redisAwayUntil) return null;
    try {
      return await work();
    } catch (error) {
      redisAwayUntil = clock().getTime() + redisRestMs;
      log.warn("limits-count-in-memory", describeError(error));
      return null;
    }
  }

  async function giveBackInRedis(limit: AttemptLimit): Promise<void> {
    await inRedis(() => redis.eval(giveBackScript, [keyOf(limit)], []));
  }

  return {
    async take(limit) {
      const key = keyOf(limit);
      const answer = await inRedis(() =>
        redis
          .multi()
          .set(key, 0, { ex: limit.windowSeconds, nx: true })
          .incr(key)
          .ttl(key)
          .exec<[unknown, number, number]>(),
      );
      if (answer === null) return memory.take(limit, clock().getTime());
      const [, taken, secondsLeft] = answer;
      if (taken <= limit.max) return { allowed: true };
      await giveBackInRedis(limit);
      return { allowed: false, retryAfterSeconds: Math.max(1, secondsLeft) };
    },
    async giveBack(limit) {
      memory.giveBack(limit);
      await giveBackInRedis(limit);
    },
  };
}

function keyOf(limit: AttemptLimit): string {
  return `limit:${limit.name}`;
}
