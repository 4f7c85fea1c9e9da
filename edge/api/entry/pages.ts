import type { Fetcher } from "../platform.ts";

const contentTypes: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/**
 * The file behind a page's path, or null where there is no page. Only plain names below /assets: a disk service
 * would answer a folder with a listing.
 */
export function pageFile(path: string): string | null {
  if (path === "/") return "/index.html";
  if (/^\/watch\/[\w-]{1,64}\/?$/.test(path)) return "/watch.html";
  if (/^\/replay\/[\w-]{1,64}\/?$/.test(path)) return "/replay.html";
  if (/^\/report\/[\w-]{1,64}\/?$/.test(path)) return "/report.html";
  if (/^\/studio(?:\/[\w-]{1,64})?\/?$/.test(path)) return "/studio.html";
  if (path === "/api/docs") return "/docs.html";
  if (path === "/password") return "/password.html";
  if (path === "/account") return "/account.html";
  if (path === "/favicon.svg" || path === "/favicon.ico") return "/favicon.svg";
  return /^\/assets\/(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+$/.test(path) ? path : null;
}

/** Serves the built pages from the assets binding: Cloudflare's, or a workerd disk service, which names no types. */
export async function answerPage(request: Request, file: string, assets: Fetcher): Promise<Response | null> {
  const response = await assets.fetch(new Request(new URL(file, request.url), { method: request.method }));
  if (!response.ok) {
    await response.body?.cancel();
    return null;
  }
  const headers = new Headers(response.headers);
  headers.set("content-type", contentTypes[file.split(".").at(-1) ?? ""] ?? "application/octet-stream");
  headers.set("cache-control", cacheControl(file));
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "strict-origin-when-cross-origin");
  return new Response(response.body, { status: response.status, headers });
}

/** Names with the bundler's hash never change their content. */
function cacheControl(file: string): string {
  if (/-[A-Z0-9]{8}\.\w+$/.test(file)) return "public, max-age=31536000, immutable";
  return file.endsWith(".html") ? "no-cache" : "public, max-age=300";
}
