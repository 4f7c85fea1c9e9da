/**
 * For containers: exits 0 when a URL answers with success. With names of checks after the URL, when its body says
 * `checks.<name>: "ok"` for each of them, whatever the rest says.
 */
const [url = "", ...names] = process.argv.slice(2);
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4000) });
  const body = (await response.json().catch(() => ({}))) as { checks?: Record<string, unknown> };
  const isHealthy = names.length === 0 ? response.ok : names.every((name) => body.checks?.[name] === "ok");
  process.exit(isHealthy ? 0 : 1);
} catch {
  process.exit(1);
}

export {};
