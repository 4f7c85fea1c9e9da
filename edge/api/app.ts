import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import type { Schema } from "hono/types";
import { Problem } from "../protocol/problem.ts";
import { accountsRoutes } from "./accounts/accounts-routes.ts";
import { deletionRoutes } from "./accounts/deletion-routes.ts";
import { loginsRoutes } from "./accounts/logins-routes.ts";
import { passwordRoutes } from "./accounts/password-routes.ts";
import { analyticsRoutes } from "./analytics/analytics-routes.ts";
import { auditRoutes } from "./audit/audit-routes.ts";
import { authorisation, openToKeyHolders } from "./authorisation/authorise.ts";
import { chatRoutes } from "./chat/chat-routes.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { docsRoutes } from "./docs/docs-routes.ts";
import { announcementsRoutes } from "./events/announcements-routes.ts";
import { calendarRoutes } from "./events/calendar-routes.ts";
import { eventsRoutes } from "./events/events-routes.ts";
import { logoRoutes } from "./events/logo-routes.ts";
import { peopleRoutes } from "./events/people-routes.ts";
import { seatsRoutes } from "./events/seats-routes.ts";
import { sessionsRoutes } from "./events/sessions-routes.ts";
import { exportsRoutes } from "./exports/exports-routes.ts";
import { healthRoutes } from "./health/health-routes.ts";
import { idempotency } from "./idempotency/answer-once.ts";
import { internalKey } from "./internal-access.ts";
import { mediaNodeRoutes } from "./media-nodes/media-node-routes.ts";
import { metricsRoutes } from "./metrics/metrics-routes.ts";
import { requestMetrics } from "./metrics/request-metrics.ts";
import { moderationRoutes } from "./moderation/moderation-routes.ts";
import { moderationSettingsRoutes } from "./moderation/settings-routes.ts";
import { beatRoutes } from "./playback/beat-routes.ts";
import { playbackRoutes } from "./playback/playback-routes.ts";
import { pollsRoutes } from "./polls/polls-routes.ts";
import { answerError, answerNotFound } from "./problem-responses.ts";
import { questionsRoutes } from "./questions/questions-routes.ts";
import { revocationRoutes } from "./realtime/revocation-routes.ts";
import { roomRoutes } from "./realtime/room-routes.ts";
import { ticketRoutes } from "./realtime/ticket-routes.ts";
import { viewersRoutes } from "./realtime/viewers-routes.ts";
import { mediaRecordingRoutes } from "./recordings/media-recording-routes.ts";
import { recordingRoutes } from "./recordings/recording-routes.ts";
import { mediaRelayRoutes } from "./relays/media-relay-routes.ts";
import { relayRoutes } from "./relays/relay-routes.ts";
import { replayRoutes } from "./replay/replay-routes.ts";
import { type ApiEnv, requestLog } from "./request-context.ts";
import { sessionLogRoutes } from "./session-log/session-log-routes.ts";
import { mediaSampleRoutes } from "./stream-health/media-sample-routes.ts";
import { streamHealthRoutes } from "./stream-health/stream-health-routes.ts";
import { streamRoutes } from "./streams/stream-routes.ts";
import { tickRoutes } from "./upkeep/tick-routes.ts";
import { importPath, importRoutes } from "./user-import/import-routes.ts";
import { activityRoutes } from "./users/activity-routes.ts";
import { usersRoutes } from "./users/users-routes.ts";

const largestBodyBytes = 1024 * 1024;
/** A thousand commands of the longest texts, in one commit of a session room. */
const largestInternalBodyBytes = 32 * 1024 * 1024;

const publicFeatures = [
  healthRoutes,
  accountsRoutes,
  loginsRoutes,
  passwordRoutes,
  deletionRoutes,
  importRoutes,
  usersRoutes,
  activityRoutes,
  eventsRoutes,
  sessionsRoutes,
  logoRoutes,
  calendarRoutes,
  seatsRoutes,
  peopleRoutes,
  announcementsRoutes,
  exportsRoutes,
  analyticsRoutes,
  streamRoutes,
  streamHealthRoutes,
  playbackRoutes,
  beatRoutes,
  relayRoutes,
  recordingRoutes,
  chatRoutes,
  moderationRoutes,
  moderationSettingsRoutes,
  viewersRoutes,
  pollsRoutes,
  questionsRoutes,
  replayRoutes,
  ticketRoutes,
  auditRoutes,
] as const;

type SchemaOf<Routes> = Routes extends Hono<ApiEnv, infer Schema> ? (both: Schema) => void : never;
type SchemaOfAll<Routes> = SchemaOf<Routes> extends (both: infer Schema) => void ? Schema : never;
/** Every path of the public API, what it takes and what it answers: for clients, as a type alone. */
export type PublicApi = Hono<
  ApiEnv,
  Extract<SchemaOfAll<ReturnType<(typeof publicFeatures)[number]>>, Schema>,
  "/"
>;

/** What the world reaches: `/api/*`. */
export function createPublicApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = createBareApp(deps, largestBodyBytes);
  app.use("/api/*", crossOrigin(deps));
  app.use("/api/*", authorisation(deps));
  app.use("/api/*", idempotency(deps));
  for (const feature of publicFeatures) app.route("/", feature(deps) as Hono<ApiEnv>);
  // In a statement of its own: chained, the application's type would refer to itself.
  app.route("/", docsRoutes(app));
  return app;
}

/** Of all that the world reaches, only the operation that thousands ask for each second and that asks no database. */
export function createBeatApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = createBareApp(deps, largestBodyBytes);
  app.use("/api/*", crossOrigin(deps));
  app.use("/api/*", authorisation(deps));
  app.route("/", beatRoutes(deps));
  return app;
}

/** What media servers and rooms reach, by the internal key: `/internal/*`. */
export function createInternalApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = createBareApp(deps, largestInternalBodyBytes);
  app.use("/internal/*", internalKey(deps.environment.internalApiKey));
  app.use(openToKeyHolders);
  for (const feature of [
    healthRoutes,
    mediaNodeRoutes,
    mediaRelayRoutes,
    mediaRecordingRoutes,
    mediaSampleRoutes,
    roomRoutes,
    revocationRoutes,
    sessionLogRoutes,
    tickRoutes,
    metricsRoutes,
  ]) {
    app.route("/", feature(deps));
  }
  return app;
}

function createBareApp(deps: ApiDependencies, maxBodyBytes: number): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.onError(answerError);
  app.notFound(answerNotFound);
  app.use(requestLog(deps.log));
  app.use(requestMetrics(deps.metrics));
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new Problem("too-large", { detail: `At most ${maxBodyBytes} bytes.` });
    },
  });
  app.use((c, next) => (c.req.path === importPath ? next() : limit(c, next)));
  return app;
}

/** Other sites call with a token, never with the cookie, so credentials are not allowed across origins. */
function crossOrigin(deps: ApiDependencies) {
  return cors({
    origin: deps.environment.corsOrigins,
    allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
    exposeHeaders: ["etag", "idempotency-replayed", "retry-after", "x-request-id"],
    maxAge: 600,
  });
}
