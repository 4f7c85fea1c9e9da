import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { Problem } from "../protocol/problem.ts";
import { accountsRoutes } from "./accounts/accounts-routes.ts";
import { authentication } from "./authentication.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { docsRoutes } from "./docs/docs-routes.ts";
import { eventsRoutes } from "./events/events-routes.ts";
import { seatsRoutes } from "./events/seats-routes.ts";
import { healthRoutes } from "./health/health-routes.ts";
import { internalKey } from "./internal-access.ts";
import { answerError, answerNotFound } from "./problem-responses.ts";
import { type ApiEnv, requestLog } from "./request-context.ts";

const largestBodyBytes = 1024 * 1024;

/** Where nobody is asked who they are: a stale token must not keep anyone from signing in. */
const withoutCredentials = new Set([
  "/api/health",
  "/api/openapi.json",
  "/api/docs",
  "/api/auth/login",
  "/api/auth/register",
]);

/** What the world reaches: `/api/*`. */
export function createPublicApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = createBareApp(deps);
  app.use("/api/*", crossOrigin(deps));
  app.use("/api/*", authentication(deps, withoutCredentials));
  for (const feature of [healthRoutes, accountsRoutes, eventsRoutes, seatsRoutes]) {
    app.route("/", feature(deps));
  }
  // In a statement of its own: chained, the application's type would refer to itself.
  app.route("/", docsRoutes(app));
  return app;
}

/** What media servers and rooms reach, by the internal key: `/internal/*`. */
export function createInternalApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = createBareApp(deps);
  app.use("/internal/*", internalKey(deps.environment.internalApiKey));
  app.route("/", healthRoutes(deps));
  return app;
}

function createBareApp(deps: ApiDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.onError(answerError);
  app.notFound(answerNotFound);
  app.use(requestLog(deps.log));
  app.use(
    bodyLimit({
      maxSize: largestBodyBytes,
      onError: () => {
        throw new Problem("too-large", { detail: `At most ${largestBodyBytes} bytes.` });
      },
    }),
  );
  return app;
}

/** Other sites call with a token, never with the cookie, so credentials are not allowed across origins. */
function crossOrigin(deps: ApiDependencies) {
  return cors({
    origin: deps.environment.corsOrigins,
    allowHeaders: ["authorization", "content-type", "idempotency-key"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: 600,
  });
}
