/**
 * Builds what plain workerd runs: one module with every party, and the configuration beside it. The parties are put
 * into PartyKit's own facade exactly as `partykit dev --unstable_outdir` does, without its dev server, its Node
 * polyfills and its habit of copying a `.env` that it finds into the bundle.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import * as v from "valibot";
import { roomsWorkerdConfiguration } from "./workerd-configuration.ts";

const PartyKitConfiguration = v.object({
  main: v.string(),
  // Names are pasted into generated code, so they must be JavaScript identifiers.
  parties: v.record(v.pipe(v.string(), v.regex(/^[a-z]\w*$/)), v.string()),
  compatibilityDate: v.string(),
  // A socket with permessage-deflate keeps two zlib windows: 346 KB each instead of 116.
  compatibilityFlags: v.optional(v.array(v.pipe(v.string(), v.regex(/^\w+$/))), []),
});

/** Writes `rooms.js` and `rooms.capnp` into `outputDirectory`; answers the configuration's path. */
export async function bundleRooms(repositoryRoot: string, outputDirectory: string): Promise<string> {
  const configuration = v.parse(
    PartyKitConfiguration,
    JSON.parse(await readFile(join(repositoryRoot, "partykit.json"), "utf8")),
  );
  const facade = join(repositoryRoot, "node_modules/partykit/dist/generated.js");
  const output = resolve(outputDirectory);
  await mkdir(output, { recursive: true });
  await build({
    stdin: {
      contents: fillFacade(
        await readFile(facade, "utf8"),
        resolve(repositoryRoot, configuration.main),
        configuration.parties,
      ),
      resolveDir: resolve(repositoryRoot),
    },
    outfile: join(output, "rooms.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["partykit", "workerd", "worker"],
    define: { PARTYKIT_HOST: '"rooms"', PARTYKIT_API_BASE: '"https://invalid"' },
    logLevel: "warning",
    plugins: [
      {
        name: "no-static-assets",
        setup(builder) {
          const manifest = /^__STATIC_ASSETS_MANIFEST__$/;
          builder.onResolve({ filter: manifest }, ({ path }) => ({ path, namespace: "manifest" }));
          builder.onLoad({ filter: manifest, namespace: "manifest" }, () => ({
            contents: "export default { assets: {} };",
          }));
        },
      },
    ],
  });
  const path = join(output, "rooms.capnp");
  await writeFile(
    path,
    roomsWorkerdConfiguration({
      bundle: "rooms.js",
      parties: Object.keys(configuration.parties),
      compatibilityDate: configuration.compatibilityDate,
      compatibilityFlags: configuration.compatibilityFlags,
    }),
  );
  return path;
}

function fillFacade(facade: string, main: string, parties: Record<string, string>): string {
  const imports = Object.entries(parties).map(
    ([name, path]) =>
      `import ${name} from "./${path}";\n` +
      `export const ${name}DO = createDurable(${name}, { name: "${name}" });\n` +
      `Workers["${name}"] = ${name};`,
  );
  const places: [string, string][] = [
    ["__WORKER__", main],
    ["__R2_BINDINGS__", "[]"],
    ["__KV_BINDINGS__", "[]"],
    ["__PARTIES__", imports.join("\n")],
  ];
  return places.reduce((text, [place, value]) => {
    if (!text.includes(place)) throw new Error(`PartyKit's facade has no ${place}: its version has changed`);
    return text.replace(place, () => value);
  }, facade);
}
