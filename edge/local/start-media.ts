/** The media container: both nginx instances and the sidecar, as media-sidecar/Dockerfile lays them out. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { mediaProcesses } from "../../media-sidecar/processes.ts";
import { explainIssues } from "./explain-issues.ts";
import { readMediaLimits } from "./media-variables.ts";
import { runContainer } from "./run-container.ts";
import { StartRefusal } from "./start-refusal.ts";

const port = (fallback: string) =>
  v.pipe(
    v.optional(v.string(), fallback),
    v.regex(/^\d{1,5}$/, "must be a port number"),
    v.transform(Number),
  );
const Variables = v.object({
  DATA_DIR: v.optional(v.string(), "/data"),
  HTTP_PORT: port("8080"),
  RTMP_PORT: port("1935"),
  SIDECAR_PORT: port("8090"),
  RTMP_CONTROL_PORT: port("8091"),
  API_UPSTREAM: v.string(),
  ROOMS_UPSTREAM: v.string(),
  EDGE_INTERNAL_URL: v.pipe(v.string(), v.url("is not a URL")),
  INTERNAL_API_KEY: v.string(),
  CORS_ORIGIN: v.optional(v.string(), "*"),
  TRUSTED_PROXIES: v.optional(v.string(), ""),
  HLS_HOST: v.optional(v.string(), "localhost:8080"),
  RTMP_HOST: v.optional(v.string(), "localhost"),
  NODE_NAME: v.optional(v.string()),
});

await runContainer("streaming", {
  processes: () => {
    const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value));
    const read = v.safeParse(Variables, given);
    if (!read.success) throw new StartRefusal(explainIssues(read.issues));
    const settings = read.output;
    return mediaProcesses({
      dataDirectory: settings.DATA_DIR,
      mediaDirectory: join(settings.DATA_DIR, "media"),
      httpPort: settings.HTTP_PORT,
      rtmpPort: settings.RTMP_PORT,
      sidecarPort: settings.SIDECAR_PORT,
      rtmpControlPort: settings.RTMP_CONTROL_PORT,
      apiUpstream: settings.API_UPSTREAM,
      roomsUpstream: settings.ROOMS_UPSTREAM,
      edgeInternalUrl: settings.EDGE_INTERNAL_URL,
      internalApiKey: settings.INTERNAL_API_KEY,
      corsOrigin: settings.CORS_ORIGIN,
      trustedProxies: settings.TRUSTED_PROXIES,
      hlsHost: settings.HLS_HOST,
      rtmpHost: settings.RTMP_HOST,
      sidecarCommand: [process.execPath, fileURLToPath(new URL("sidecar.mjs", import.meta.url))],
      ...readMediaLimits(given),
      ...(settings.NODE_NAME === undefined ? {} : { nodeName: settings.NODE_NAME }),
    });
  },
});
