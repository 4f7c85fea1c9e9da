import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const pagesDirectory = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

const include = /<!-- include (\S+) -->/g;

/** Each page is a folder with an HTML file, a script and a style sheet of one name. */
const pages = [
  { name: "home", html: "index.html" },
  { name: "watch", html: "watch.html" },
  { name: "studio", html: "studio.html" },
  { name: "replay", html: "replay.html" },
  { name: "report", html: "report.html" },
  { name: "docs", html: "docs.html" },
  { name: "password", html: "password.html" },
  { name: "account", html: "account.html" },
] as const;

/**
 * Builds the browser pages into `outputDirectory`, which is emptied first: a file for each page, `favicon.svg`, and
 * under `assets/` what they load. Names under `assets/` carry a hash of their content and may be cached for ever; so may
 * `assets/swagger/`, which pages ask for with its version in the query.
 */
export async function buildPages(outputDirectory: string): Promise<void> {
  await rm(outputDirectory, { recursive: true, force: true });
  const assetsDirectory = join(outputDirectory, "assets");
  await mkdir(join(assetsDirectory, "swagger"), { recursive: true });

  const { metafile } = await build({
    absWorkingDir: pagesDirectory,
    entryPoints: pages.flatMap(({ name }) => [`${name}/${name}.ts`, `${name}/${name}.css`]),
    outdir: assetsDirectory,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome107", "firefox110", "safari16"],
    minify: true,
    sourcemap: "linked",
    metafile: true,
    logLevel: "silent",
    // The light build leaves out DRM, subtitles and separate audio tracks, which our playlists do not have.
    alias: { "hls.js": "hls.js/dist/hls.light.min.mjs" },
  });

  const assets = assetsByInput(metafile, outputDirectory);
  const swagger = await copySwagger(join(assetsDirectory, "swagger"));
  const favicon = await readFile(join(pagesDirectory, "shared/favicon.svg"));
  await writeFile(join(outputDirectory, "favicon.svg"), favicon);

  for (const { name, html } of pages) {
    const template = await readTemplate(`${name}/${name}.html`);
    const page = template
      .replaceAll("favicon.svg", `favicon.svg?v=${contentHash(favicon)}`)
      .replaceAll("{swagger version}", swagger)
      .replace(/(src|href)="(\w+\.(?:ts|css))"/g, (_, attribute, file) => {
        return `${attribute}="${assetOf(assets, `${name}/${file}`)}"`;
      })
      .replace("<!-- preload -->", preloads(metafile, assets, `${name}/${name}.ts`, outputDirectory));
    await writeFile(join(outputDirectory, html), page);
  }
}

/** An HTML file with the parts that all pages share in their places. */
async function readTemplate(path: string): Promise<string> {
  const text = (await readFile(join(pagesDirectory, path), "utf8")).trim();
  const parts = await Promise.all([...text.matchAll(include)].map(([, part]) => readTemplate(part ?? "")));
  return text.replace(include, () => parts.shift() ?? "");
}

/** Source path below `pages/` → public path of what was made of it. */
function assetsByInput(metafile: Metafile, outputDirectory: string): Map<string, string> {
  const assets = new Map<string, string>();
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint) assets.set(entryPoint, publicPath(output, outputDirectory));
  }
  return assets;
}

function assetOf(assets: Map<string, string>, source: string): string {
  const asset = assets.get(source);
  if (asset === undefined) throw new Error(`The pages' build made nothing of ${source}`);
  return asset;
}

/** Everything the script will import, at once: a chain of imports would cost a round trip a link. */
function preloads(
  metafile: Metafile,
  assets: Map<string, string>,
  entry: string,
  outputDirectory: string,
): string {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [publicPath(path, outputDirectory), output]),
  );
  const found = new Set<string>();
  const follow = (asset: string) => {
    for (const { path } of outputs.get(asset)?.imports ?? []) {
      const imported = publicPath(path, outputDirectory);
      if (found.has(imported)) continue;
      found.add(imported);
      follow(imported);
    }
  };
  follow(assetOf(assets, entry));
  return [...found].map((path) => `<link rel="modulepreload" href="${path}" />`).join("\n    ");
}

function publicPath(output: string, outputDirectory: string): string {
  return `/${relative(outputDirectory, join(pagesDirectory, output)).replaceAll("\\", "/")}`;
}

/** Swagger UI from its package, so that the page works without the internet; answers its version. */
async function copySwagger(directory: string): Promise<string> {
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
    await copyFile(require.resolve(`swagger-ui-dist/${file}`), join(directory, basename(file)));
  }
  return (require("swagger-ui-dist/package.json") as { version: string }).version;
}

function contentHash(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 8);
}
