import { Redis } from "@upstash/redis/cloudflare";
import type { Environment } from "./environment.ts";
import type { ApiMetrics } from "./metrics/api-metrics.ts";

/**
 * Upstash's client, in its fetch-only build, which is the same in Workers and in Node. Redis holds only what may be
 * lost, so a call is given a second (`patienceMs`) and no retry: its callers know what to do without it.
 */
export type RedisClient = Redis;

export function openRedis(
  environment: Pick<Environment, "redisRestUrl" | "redisRestToken">,
  patienceMs = 1000,
  onAnswer: ApiMetrics["redisAnswered"] = () => {},
): RedisClient {
  const redis = new Redis({
    url: environment.redisRestUrl,
    token: environment.redisRestToken,
    retry: false,
    enableTelemetry: false,
    signal: () => AbortSignal.timeout(patienceMs),
  });
  redis.use(async (request, next) => {
    const startedAt = performance.now();
    const done = (succeeded: boolean) => onAnswer((performance.now() - startedAt) / 1000, succeeded);
    try {
      const answer = await next(request);
      done(true);
      return answer as never;
    } catch (error) {
      done(false);
      throw error;
    }
  });
  return redis;
}
