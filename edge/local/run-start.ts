import { firstStartBanner, laterStartBanner } from "./banner.ts";
import { parseSettings } from "./settings.ts";
import { type RunningRostrum, startRostrum } from "./start.ts";
import { openTerminal } from "./terminal.ts";

/** `npm start`: everything, in the foreground, until SIGINT or SIGTERM. Exit code 0 when it was asked to stop. */
export async function runStart(environment: Record<string, string | undefined>): Promise<void> {
  const settings = parseSettings(environment);
  const terminal = openTerminal(settings.logFormat);
  const starting = new AbortController();
  let running: RunningRostrum | null = null;
  const asked = untilAsked(environment.npm_lifecycle_event !== undefined, {
    onFirst: () => {
      terminal.say("Stopping; once more to end it at once …");
      starting.abort();
    },
    onSecond: () => {
      starting.abort();
      running?.kill();
      process.exit(130);
    },
  });
  try {
    running = await startRostrum(settings, { ...terminal, signal: starting.signal });
  } catch (error) {
    if (starting.signal.aborted) return;
    throw error;
  }
  process.once("exit", () => running?.kill());
  terminal.print(
    running.firstStart ? firstStartBanner(running.urls, running.firstStart) : laterStartBanner(running.urls),
  );
  running.toldFirstStart();
  await asked;
  await running.stop();
}

/**
 * Resolves at the first SIGINT or SIGTERM. Ctrl-C under npm arrives two or three times at once (from the terminal
 * and from npm, which passes it on), so only one that comes a second later counts as the second.
 */
function untilAsked(
  underNpm: boolean,
  handlers: { onFirst: () => void; onSecond: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const onSignal = () => {
      if (firstAt === null) {
        firstAt = performance.now();
        handlers.onFirst();
        resolve();
      } else if (performance.now() - firstAt > 1000) {
        handlers.onSecond();
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
    if (underNpm) onceOrphaned(onSignal);
  });
}

/** npm hands SIGTERM to the shell between us, which dies of it without a word to us: its death is our signal. */
function onceOrphaned(react: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    react();
  }, 250);
  timer.unref();
}
