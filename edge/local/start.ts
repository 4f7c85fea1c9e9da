/** A whole Rostrum on this machine: what `npm start` runs. */
import { redact } from "../protocol/log.ts";
import type { FirstStart, Urls } from "./banner.ts";
import { type Build, buildEverything } from "./build.ts";
import { choosePorts } from "./choose-ports.ts";
import * as processes from "./copy-processes.ts";
import { prepareEmbeddedDatabase } from "./embedded-database.ts";
import { keepFirstStart } from "./first-start.ts";
import { type Copy, type Ports, planCopy } from "./plan-copy.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { provideTools, toolsToRun } from "./prerequisites.ts";
import { keepAddress } from "./running-address.ts";
import { takeDataDirectory } from "./running-copy.ts";
import type { Settings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";
import type { ChildOutput, SupervisedProcess } from "./supervised-child.ts";
import { Supervisor } from "./supervisor.ts";
import { startTicking } from "./ticking.ts";

export interface StartOptions {
  /** Lines of the children, and what the supervisor says about them. */
  write: (output: ChildOutput) => void;
  /** Steps of the start that a person should know of. */
  say: (sentence: string) => void;
  /** Ends a start that is under way; the promise then rejects. */
  signal?: AbortSignal;
}

export interface RunningRostrum {
  urls: Urls;
  /** What was made and has not been told yet; null when the data were there before. */
  firstStart: FirstStart | null;
  /** Call it when that has been shown: it is forgotten then. */
  toldFirstStart(): void;
  ports: Ports;
  /** Process ids by name, of those that run now. */
  pids(): Record<string, number>;
  /** Ends everything in order and gives DATA_DIR back. */
  stop(): Promise<void>;
  /** SIGKILL to everything, at once. */
  kill(): void;
}

/**
 * Starts everything and resolves when each part serves. Throws StartRefusal, with nothing left running, when
 * something a person can mend is in the way.
 */
export async function startRostrum(settings: Settings, options: StartOptions): Promise<RunningRostrum> {
  const { record, release } = await takeDataDirectory(settings.dataDirectory, options.say);
  const supervisor = new Supervisor({ write: options.write, record });
  let forgetAddress = () => {};
  let stopTicking = () => {};
  const stop = async () => {
    forgetAddress();
    stopTicking();
    await supervisor.stop();
    release();
  };
  const stopEarly = () => void supervisor.stop();
  options.signal?.addEventListener("abort", stopEarly);
  try {
    const copy = planCopy(settings, await choosePorts(settings));
    const media = processes.media(copy);
    provideTools(Object.values(toolsToRun), options.say);
    const build = await buildEverything(options.say);
    const { demoStreamId, firstStart } = await startEdge(supervisor, copy, build, options.say);
    const { databaseUrl, jwtSecret, internalUrl, internalApiKey } = copy.connections;
    const apiUrl = `http://127.0.0.1:${settings.apiPort}`;
    forgetAddress = keepAddress(settings.dataDirectory, { apiUrl, databaseUrl, jwtSecret });
    stopTicking = startTicking(internalUrl, internalApiKey);
    await Promise.all(media.map((description) => supervisor.start(description)));
    await untilHealthy(copy.ports, options);
    return {
      urls: describeUrls(settings, demoStreamId),
      firstStart: firstStart.pending,
      toldFirstStart: firstStart.forget,
      ports: copy.ports,
      pids: () => supervisor.pids(),
      stop,
      kill: () => supervisor.kill(),
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stopEarly);
  }
}

/** The edge: storage first, then what stands on it; independent parts at the same time. */
async function startEdge(supervisor: Supervisor, copy: Copy, build: Build, say: StartOptions["say"]) {
  const [database] = await Promise.all([
    startDatabase(supervisor, copy, say),
    startInTurn(supervisor, processes.redis(copy)),
    supervisor.start(processes.hasher(copy, build)),
    startInTurn(supervisor, processes.rooms(copy, build)),
  ]);
  await startInTurn(supervisor, processes.api(copy, build));
  return database;
}

async function startInTurn(
  supervisor: Supervisor,
  descriptions: readonly SupervisedProcess[],
): Promise<void> {
  for (const description of descriptions) await supervisor.start(description);
}

async function startDatabase(supervisor: Supervisor, copy: Copy, say: StartOptions["say"]) {
  const { embedded, settings, connections } = copy;
  if (embedded !== null) {
    if (!embedded.directory.startsWith(settings.dataDirectory)) {
      say(`The database lives in ${embedded.directory}: DATA_DIR is closed to the user it runs as.`);
    }
    await supervisor.start(await prepareEmbeddedDatabase(embedded));
  }
  try {
    const { created, demo } = await prepareDatabase(connections.databaseUrl, settings.admin, 10);
    const firstStart = keepFirstStart(settings.dataDirectory, created, settings.admin.password !== null);
    return { demoStreamId: demo?.streamId ?? null, firstStart };
  } catch (error) {
    if (embedded !== null) throw error;
    const reason = error instanceof Error ? redact(error.message) : "unknown error";
    throw new StartRefusal(
      `The database of DATABASE_URL cannot be used (${reason}): see that it runs, that the password is right and that its user may create tables.`,
    );
  }
}

/** Each part serves already; this is whether they find each other. Says what does not, and goes on. */
async function untilHealthy({ proxied }: Ports, { say, signal }: StartOptions): Promise<void> {
  const deadline = Date.now() + 30_000;
  let last = "no answer";
  while (Date.now() < deadline && signal?.aborted !== true) {
    try {
      const response = await fetch(`http://127.0.0.1:${proxied[0]}/api/health`, {
        signal: AbortSignal.timeout(5000),
      });
      last = await response.text();
      if (response.ok) return;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (signal?.aborted !== true)
    say(`Everything was started, but not all of it is healthy yet: ${last.slice(0, 500)}`);
}

function describeUrls({ httpPort, rtmpPort, apiPort }: Settings, demoStreamId: string | null): Urls {
  const home = `http://localhost:${httpPort}`;
  return {
    home: `${home}/`,
    watch: demoStreamId === null ? null : `${home}/watch/${demoStreamId}`,
    api: `http://localhost:${apiPort}/api`,
    documentation: `${home}/api/docs`,
    ingest: `rtmp://localhost:${rtmpPort}/live`,
  };
}
