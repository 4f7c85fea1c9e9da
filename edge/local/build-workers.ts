/** Bundles of the API and the password hasher, each with the configuration that plain workerd runs it by. */
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { apiVariables } from "../api/environment.ts";
import { repositoryRoot } from "./repository-root.ts";
import { workerdConfiguration } from "./workerd-configuration.ts";

/** The very bundle that `wrangler deploy` would upload. */
export async function bundleApi(output: string): Promise<void> {
  const wrangler = join(repositoryRoot, "node_modules/wrangler/bin/wrangler.js");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", output, "--env", ""],
    {
      cwd: repositoryRoot,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        CI: "1",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_LOG_PATH: join(output, "wrangler.log"),
      },
    },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`The API could not be bundled:\n${error.stdout ?? ""}${error.stderr ?? String(error)}`);
  });
  await rm(join(output, "wrangler.log"), { recursive: true, force: true });
  await writeFile(
    join(output, "api.capnp"),
    workerdConfiguration({
      name: "api",
      bundle: "worker.js",
      ...(await readRuntime()),
      variables: apiVariables,
      durableObjects: [
        { binding: "PUBLIC_API_HOST", className: "PublicApiHost" },
        { binding: "INTERNAL_API_HOST", className: "InternalApiHost" },
      ],
      directories: [{ binding: "ASSETS", name: "pages" }],
      // direct: whoever reaches PORT; proxied: our own nginx, whose X-Forwarded-For is the truth.
      sockets: [{ name: "direct" }, { name: "proxied" }, { name: "internal", entrypoint: "internal" }],
    }),
  );
}

export async function bundleHasher(output: string): Promise<void> {
  await build({
    entryPoints: [join(repositoryRoot, "edge/api/hasher-worker.ts")],
    outfile: join(output, "worker.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "warning",
  });
  await writeFile(
    join(output, "hasher.capnp"),
    workerdConfiguration({
      name: "hasher",
      bundle: "worker.js",
      ...(await readRuntime()),
      variables: ["INTERNAL_API_KEY", "HASH_QUEUE"],
      durableObjects: [{ binding: "HASHER_HOST", className: "HasherHost" }],
      directories: [],
      sockets: [{ name: "http" }],
    }),
  );
}

/** The date and the flags of wrangler.toml, so that home and edge run by the same rules. */
async function readRuntime(): Promise<{ compatibilityDate: string; compatibilityFlags: string[] }> {
  const text = await readFile(join(repositoryRoot, "wrangler.toml"), "utf8");
  const compatibilityDate = /^compatibility_date = "([\d-]+)"$/m.exec(text)?.[1];
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(text)?.[1];
  if (compatibilityDate === undefined || flags === undefined) {
    throw new Error("wrangler.toml has no compatibility_date or compatibility_flags on a line of its own");
  }
  return { compatibilityDate, compatibilityFlags: JSON.parse(flags) as string[] };
}
