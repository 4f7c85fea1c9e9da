import { Hono } from "hono";
import { describeApplication, operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";

/** The OpenAPI document of an application; the page that shows it, /api/docs, is one of the pages. */
export function docsRoutes(documented: Hono<ApiEnv>): Hono<ApiEnv> {
  let document: string | null = null;
  const routes = new Hono<ApiEnv>();
  routes.get(
    "/api/openapi.json",
    operation({
      id: "getOpenApiDocument",
      summary: "The OpenAPI document",
      tag: "Platform",
      answers: { 200: { description: "OpenAPI 3.1" } },
    }),
    async (c) => {
      document ??= JSON.stringify(await describeApplication(documented));
      return c.body(document, 200, { "content-type": "application/json" });
    },
  );
  return routes;
}
