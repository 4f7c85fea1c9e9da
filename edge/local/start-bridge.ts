/** The Redis bridge as a program: REDIS_URL, UPSTASH_REDIS_REST_TOKEN, BRIDGE_HOST, BRIDGE_PORT. */
import * as v from "valibot";
import { createLog } from "../protocol/log.ts";
import { explainIssues } from "./explain-issues.ts";
import { startRedisBridge } from "./redis-bridge.ts";

const Variables = v.object({
  REDIS_URL: v.pipe(v.string(), v.regex(/^rediss?:\/\//, "must begin with redis:// or rediss://")),
  UPSTASH_REDIS_REST_TOKEN: v.pipe(v.string(), v.minLength(1, "is empty")),
  BRIDGE_HOST: v.optional(v.string(), "0.0.0.0"),
  BRIDGE_PORT: v.pipe(
    v.optional(v.string(), "8079"),
    v.regex(/^\d{1,5}$/, "must be a port"),
    v.transform(Number),
  ),
});

const log = createLog("redis-bridge");
const read = v.safeParse(Variables, process.env);
if (!read.success) {
  log.error("cannot-start", { message: explainIssues(read.issues) });
  process.exit(1);
}
const { REDIS_URL, UPSTASH_REDIS_REST_TOKEN, BRIDGE_HOST, BRIDGE_PORT } = read.output;
const bridge = await startRedisBridge({
  redisUrl: REDIS_URL,
  token: UPSTASH_REDIS_REST_TOKEN,
  host: BRIDGE_HOST,
  port: BRIDGE_PORT,
  log,
});
log.info("listening", { port: bridge.port });
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void bridge.stop().then(() => process.exit(0)));
}
