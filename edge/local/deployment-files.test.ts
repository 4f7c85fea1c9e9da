import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "./repository-root.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const compose = read("docker-compose.yml");

describe("docker-compose.yml", () => {
  it("needs three variables and refuses to start without them", () => {
    const required = new Set([...compose.matchAll(/\$\{(\w+):\?/g)].map((match) => match[1]));
    expect([...required].sort()).toEqual(["DB_PASSWORD", "INTERNAL_API_KEY", "JWT_SECRET"]);
  });

  it("takes no variable that .env.example does not explain", () => {
    const explained = new Set(
      [...read(".env.example").matchAll(/^(?:# )?([A-Z0-9_]+)=/gm)].map((match) => match[1]),
    );
    const taken = new Set([...compose.matchAll(/\$\{(\w+):/g)].map((match) => match[1]));
    expect([...taken].filter((name) => !explained.has(name))).toEqual([]);
    expect([...explained].filter((name) => !taken.has(name))).toEqual([]);
  });

  it("publishes the three ports of the brief and nothing internal", () => {
    const published = [...compose.matchAll(/- "\$\{\w+:-(\d+)\}:(\d+)"/g)].map((match) => match.slice(1, 3));
    expect(published).toEqual([
      ["1935", "1935"],
      ["8080", "8080"],
      ["3000", "3000"],
    ]);
  });
});

describe("wrangler.toml", () => {
  it("has a compatibility date that the installed workerd knows", () => {
    const date = /^compatibility_date = "([\d-]+)"$/m.exec(read("wrangler.toml"))?.[1] ?? "";
    const { version } = JSON.parse(read("node_modules/workerd/package.json")) as { version: string };
    const built = /^1\.(\d{4})(\d{2})(\d{2})\./.exec(version)?.slice(1).join("-") ?? "";
    expect(date <= built, `${date} is after workerd's ${built}`).toBe(true);
  });
});
