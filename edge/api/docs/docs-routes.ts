import { Hono } from "hono";
import { html } from "hono/html";
import { describeApplication, operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";

/** The OpenAPI document, and a page to read it and try it; the page's scripts are files of /assets/swagger. */
export function docsRoutes(documented: Hono<ApiEnv>): Hono<ApiEnv> {
  let document: string | null = null;
  const routes = new Hono<ApiEnv>();
  routes.get(
    "/api/openapi.json",
    operation({
      summary: "The OpenAPI document",
      tag: "Platform",
      caller: "anyone",
      answers: { 200: { description: "OpenAPI 3.1" } },
    }),
    async (c) => {
      document ??= JSON.stringify(await describeApplication(documented));
      return c.body(document, 200, { "content-type": "application/json" });
    },
  );
  routes.get(
    "/api/docs",
    operation({
      summary: "A page to read and try the API",
      tag: "Platform",
      caller: "anyone",
      answers: { 200: { description: "HTML" } },
    }),
    (c) => c.html(docsPage),
  );
  return routes;
}

const docsPage = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Rostrum API</title>
    <link rel="stylesheet" href="/assets/swagger/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/assets/swagger/swagger-ui-bundle.js"></script>
    <script>
      SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", deepLinking: true });
    </script>
  </body>
</html>`;
