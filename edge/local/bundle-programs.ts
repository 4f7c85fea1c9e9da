/** Bundles what runs under Node in the edge's containers, one file each: `node --import tsx <this> <folder>`. */
import { join } from "node:path";
import { build } from "esbuild";
import { repositoryRoot } from "./repository-root.ts";

const programs = [
  "start-edge",
  "start-rooms",
  "start-bridge",
  "start-migrate",
  "start-admin",
  "health-check",
];

const [output] = process.argv.slice(2);
if (output === undefined) throw new Error("say where to");
await build({
  entryPoints: programs.map((name) => join(repositoryRoot, `edge/local/${name}.ts`)),
  outdir: output,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node22",
  format: "esm",
  logLevel: "warning",
  // Some dependencies are CommonJS and call require.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  // Modules that do something when they are the program being run find out by their URL; in a bundle each of them
  // would believe that of itself.
  define: { "import.meta.url": '"file:///bundle"' },
});
