/**
 * Makes what workerd and the browser run, into `.build/`. Each part goes into a folder named by the hash of its
 * sources, so nothing is built twice, and a running copy keeps its files when a later start builds others.
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { stop } from "esbuild";
import { buildPages } from "../pages/build.ts";
import { bundleRooms } from "../rooms/bundle.ts";
import { bundleApi, bundleHasher } from "./build-workers.ts";
import { repositoryRoot } from "./repository-root.ts";
import { hashSources } from "./source-hash.ts";

/** Folders: `api/api.capnp`, `hasher/hasher.capnp`, `rooms/rooms.capnp`, and the pages as they are served. */
export interface Build {
  api: string;
  hasher: string;
  rooms: string;
  pages: string;
}

interface Part {
  /** What the output is made from, besides the lock file. */
  sources: string[];
  build(output: string): Promise<unknown>;
}

const edge = (...programs: string[]) => programs.map((program) => `edge/${program}`);
const workerSources = ["edge/local/build-workers.ts", "edge/local/workerd-configuration.ts", "wrangler.toml"];
const parts: Record<keyof Build, Part> = {
  // First, because the API's bundler wants to see the folder of the pages.
  pages: { sources: edge("protocol", "client", "pages"), build: buildPages },
  rooms: {
    sources: [...edge("protocol", "auth", "rooms"), "partykit.json"],
    build: (output) => bundleRooms(repositoryRoot, output),
  },
  hasher: { sources: [...edge("protocol", "auth", "api"), ...workerSources], build: bundleHasher },
  api: { sources: [...edge("protocol", "auth", "db", "api"), ...workerSources], build: bundleApi },
};

/** Builds what has changed. `say` is told of each part that takes time. */
export async function buildEverything(say: (sentence: string) => void = () => {}): Promise<Build> {
  const directory = join(repositoryRoot, ".build");
  const versions = join(directory, "versions");
  await mkdir(versions, { recursive: true });
  const built: Partial<Build> = {};
  for (const [name, part] of Object.entries(parts) as [keyof Build, Part][]) {
    const hash = await hashSources(repositoryRoot, [...part.sources, "package-lock.json"]);
    const output = join(versions, `${name}-${hash}`);
    if (!(await exists(output))) {
      say(`Building ${name} …`);
      await buildAside(part, output);
    }
    const now = new Date();
    await utimes(output, now, now).catch(() => {});
    await pointTo(join(directory, name), join("versions", `${name}-${hash}`));
    await forgetOld(versions, name);
    built[name] = output;
  }
  // Else its service stays as long as this process does.
  await stop();
  return built as Build;
}

/** Into a folder of its own first: a build that fails or is interrupted leaves nothing that looks finished. */
async function buildAside(part: Part, output: string): Promise<void> {
  const draft = `${output}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true });
    await part.build(draft);
    await rename(draft, output);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Two starts at once: the other one was faster, with the same sources.
    if (!(await exists(output))) throw error;
  }
}

/** `.build/<part>`: the newest version under a stable name. */
async function pointTo(link: string, target: string): Promise<void> {
  const draft = `${link}.${randomUUID()}`;
  await symlink(target, draft);
  const present = await lstat(link).catch(() => null);
  if (present !== null && !present.isSymbolicLink()) await rm(link, { recursive: true, force: true });
  await rename(draft, link);
}

/** Keeps the three versions used last: another copy, started from other sources, may still run from one. */
async function forgetOld(versions: string, name: string): Promise<void> {
  const own = (await readdir(versions)).filter((entry) => new RegExp(`^${name}-[0-9a-f]{16}$`).test(entry));
  const aged = await Promise.all(
    own.map(async (entry) => {
      // Another start may have removed it since.
      const found = await stat(join(versions, entry)).catch(() => null);
      return { entry, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  aged.sort((left, right) => right.usedAt - left.usedAt);
  for (const { entry } of aged.slice(3)) await rm(join(versions, entry), { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
