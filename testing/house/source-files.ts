import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Paths, relative to the root, of all files git tracks or would track. */
export function repositoryFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: repositoryRoot,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed.split("\n").filter((path) => path !== "" && existsSync(join(repositoryRoot, path)));
}

export interface Import {
  /** What stands in the quotes. */
  specifier: string;
  /** `import type` or `export type`: gone at run time. */
  typeOnly: boolean;
  /** For a relative import, the target's path from the root. */
  target: string | null;
}

const importPattern =
  /(?:^|[\n;])\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

/** The imports of one TypeScript file, static and dynamic. */
export function importsOf(path: string): Import[] {
  const text = readFileSync(join(repositoryRoot, path), "utf8");
  return [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[2] ?? match[3] ?? "";
    return {
      specifier,
      typeOnly: match[1] !== undefined,
      target: specifier.startsWith(".")
        ? relative(repositoryRoot, resolve(repositoryRoot, dirname(path), specifier))
        : null,
    };
  });
}
