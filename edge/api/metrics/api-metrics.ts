/** What one process of the API counts. It lives as long as the isolate; a restart begins at zero, as counters do. */
import { type BeatMetrics, createBeatMetrics } from "./beat-metrics.ts";
import { Counter, Histogram } from "./series.ts";

export interface ApiMetrics {
  requestAnswered(request: { method: string; route: string; status: number; seconds: number }): void;
  statementRan(seconds: number, succeeded: boolean): void;
  redisAnswered(seconds: number, succeeded: boolean): void;
  /** A read that the entry shares among those who ask at once, or one that it had to ask the application for. */
  hotRead(outcome: "shared" | "asked"): void;
  /** One pass over what had come of an event, or of a stream without one. */
  rolledUp(seconds: number): void;
  readonly beats: BeatMetrics;
  render(): string;
}

const secondsBounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export function createApiMetrics(): ApiMetrics {
  const requests = new Counter(
    "rostrum_api_requests_total",
    "Requests answered, by the template of their route.",
  );
  const latencies = new Histogram(
    "rostrum_api_request_seconds",
    "Seconds until the answer began, by the template of the route.",
    secondsBounds,
  );
  const statements = new Histogram(
    "rostrum_api_database_seconds",
    "Seconds of statements, with what they waited for a connection.",
    secondsBounds,
  );
  const redis = new Histogram("rostrum_api_redis_seconds", "Seconds of calls to Redis.", secondsBounds);
  const hotReads = new Counter(
    "rostrum_api_hot_reads_total",
    "Reads that many ask for at once: answered from what the entry has, or by the application.",
  );
  const rollUps = new Histogram(
    "rostrum_roll_up_seconds",
    "Seconds of passes that roll up who watched, of one event each.",
    secondsBounds,
  );
  const beats = createBeatMetrics();
  const outcome = (succeeded: boolean) => ({ outcome: succeeded ? "ok" : "failed" });
  return {
    requestAnswered({ method, route, status, seconds }) {
      requests.add({ method: methods.has(method) ? method : "other", route, status: String(status) });
      latencies.observe({ route }, seconds);
    },
    statementRan: (seconds, succeeded) => statements.observe(outcome(succeeded), seconds),
    redisAnswered: (seconds, succeeded) => redis.observe(outcome(succeeded), seconds),
    hotRead: (kind) => hotReads.add({ outcome: kind }),
    rolledUp: (seconds) => rollUps.observe({}, seconds),
    beats,
    render: () =>
      [requests, latencies, statements, redis, hotReads, rollUps, beats]
        .map((family) => family.render())
        .join(""),
  };
}
