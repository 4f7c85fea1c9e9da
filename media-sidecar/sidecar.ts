/** The media sidecar's entry: environment in, signals out. */
import { createLog, describeError } from "../edge/protocol/log.ts";
import { type Configuration, parseConfiguration } from "./configuration.ts";
import { startSidecar } from "./start-sidecar.ts";

const log = createLog("sidecar");

function configurationOrExit(): Configuration {
  try {
    return parseConfiguration(process.env);
  } catch (error) {
    log.error("sidecar.misconfigured", { detail: error instanceof Error ? error.message : String(error) });
    process.exit(78);
  }
}

async function main(): Promise<void> {
  // nginx's workers may be someone else and must read what is written here.
  process.umask(0o022);
  const running = await startSidecar(configurationOrExit(), log);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info("sidecar.stopping", { signal });
    running.stop().then(
      () => process.exit(0),
      (error) => {
        log.error("sidecar.stop-failed", { error: describeError(error) });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

process.on("unhandledRejection", (error) => {
  log.error("sidecar.unhandled", { error: describeError(error) });
  process.exit(1);
});

main().catch((error) => {
  log.error("sidecar.failed", { error: describeError(error) });
  process.exit(1);
});
