/**
 * The edge's container: the API and the password hasher under plain workerd. Takes the API's variables; the database
 * as DATABASE_URL or in parts (DB_PASSWORD, DB_HOST, DB_PORT, DB_USER, DB_NAME), so that a password may hold anything.
 */
import { join } from "node:path";
import { apiVariables } from "../api/environment.ts";
import { containerPaths } from "./container-paths.ts";
import { deploymentEnvironment } from "./deployment-environment.ts";
import { apiProcess, hasherProcess } from "./edge-processes.ts";
import { runContainer } from "./run-container.ts";
import { startTicking } from "./ticking.ts";

const hasherPort = 3003;

await runContainer("edge", {
  processes: () => {
    const environment = deploymentEnvironment(process.env, { HASHER_URL: `http://127.0.0.1:${hasherPort}` });
    startTicking("http://127.0.0.1:3002", environment.INTERNAL_API_KEY ?? "");
    const { workerd, builds } = containerPaths();
    const given = Object.entries(environment).filter(([name]) => apiVariables.includes(name));
    return [
      hasherProcess(
        { command: workerd, build: join(builds, "hasher") },
        {
          port: hasherPort,
          internalApiKey: environment.INTERNAL_API_KEY ?? "",
          hashQueue: environment.HASH_QUEUE,
        },
      ),
      apiProcess({
        command: workerd,
        build: join(builds, "api"),
        pages: join(builds, "pages"),
        direct: "*:3000",
        // These two are reached from the other containers; compose publishes neither.
        proxied: "*:3001",
        internal: "*:3002",
        environment: Object.fromEntries(given),
      }),
    ];
  },
});
