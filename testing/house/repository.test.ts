import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryFiles, repositoryRoot } from "./source-files.ts";

const files = repositoryFiles();
const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");

describe("the README", () => {
  it("tours every top-level folder and every program of the edge, and nothing that is gone", () => {
    const tour = readme.slice(readme.indexOf("## Tour"));
    const named = new Set(
      [...tour.matchAll(/`((?:[\w.-]+\/)+)`/g)].map((match) => match[1]!.replace(/\/$/, "")),
    );
    const folders = new Set(files.flatMap((path) => foldersToTour(path)));
    expect([...folders].filter((folder) => !named.has(folder)).sort(), "folders the tour leaves out").toEqual(
      [],
    );
    expect(
      [...named].filter((folder) => !existsSync(join(repositoryRoot, folder))).sort(),
      "folders that are gone",
    ).toEqual([]);
  });

  it("names only files that exist", () => {
    const paths = [...readme.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|md|yml|toml|json|sql|mjs))`/g)].map(
      (match) => match[1]!,
    );
    expect(paths.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
  });
});

describe("the repository", () => {
  it("keeps the top level of the brief", () => {
    const allowed = new Set([
      "edge",
      "media-sidecar",
      "migrations",
      "testing",
      ".ci",
      "docker-compose.yml",
      "wrangler.toml",
      "partykit.json",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      "README.md",
      "LICENSE",
      ".env.example",
      ".gitignore",
      ".dockerignore",
      ".npmrc",
      "biome.json",
      "vitest.config.ts",
    ]);
    const top = new Set(files.map((path) => path.split("/")[0]!));
    expect([...top].filter((name) => !allowed.has(name))).toEqual([]);
    for (const name of ["docker-compose.yml", "wrangler.toml", "partykit.json", "LICENSE", ".env.example"]) {
      expect([...top]).toContain(name);
    }
  });

  it("pins every package exactly", () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const loose = Object.entries(manifest.dependencies).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

/** `edge/api/x.ts` → edge, edge/api; `testing/bench/x.ts` → testing, testing/bench; files of the root → none. */
function foldersToTour(path: string): string[] {
  const parts = path.split("/");
  if (parts.length < 2 || parts[0] === ".ci") return [];
  const depth = parts[0] === "edge" || parts[0] === "testing" || parts[0] === "media-sidecar" ? 2 : 1;
  return Array.from({ length: Math.min(depth, parts.length - 1) }, (_, index) =>
    parts.slice(0, index + 1).join("/"),
  );
}
