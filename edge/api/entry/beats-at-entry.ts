/**
 * Beats are answered by the entry itself where it shares its isolate with the application's host, as it does under plain
 * workerd: a beat asks no database, and the way to the host would cost more than all the rest. What they come to is
 * written by the host, on its connections, once a second.
 */
import type { Hono } from "hono";
import { createLog } from "../../protocol/log.ts";
import { createBeatApp } from "../app.ts";
import { parseEnvironment } from "../environment.ts";
import { type DurableObjectNamespace, soleObject } from "../platform.ts";
import type { ApiEnv } from "../request-context.ts";
import { type Bindings, beats, statelessDependencies } from "./application-host.ts";
import { isAtCloudflare } from "./forwarded-request.ts";

/** What the host is asked by; nothing that comes from outside is forwarded under this address. */
export const writeBeatsUrl = "https://application-host/write-beats";

let beatApp: Hono<ApiEnv> | null = null;

/** At Cloudflare the host may stand in another isolate, or on another machine. */
export function takesBeats(request: Request, { HYPERDRIVE }: Bindings): boolean {
  return !HYPERDRIVE && !isAtCloudflare(request);
}

/** Answers a beat; throws what keeps the application from starting. `forwarded` as the host would get it. */
export async function answerBeat(
  forwarded: Request,
  bindings: Bindings,
  host: DurableObjectNamespace,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Response> {
  beatApp ??= createBeatApp(entryDependencies(bindings));
  const response = await beatApp.fetch(forwarded);
  if (beats.writer.isResting(new Date())) waitUntil(soleObject(host).fetch(new Request(writeBeatsUrl)));
  return response;
}

function entryDependencies(bindings: Bindings) {
  return {
    ...statelessDependencies(parseEnvironment(bindings), bindings, createLog("api")),
    db: noDatabase,
    commitDb: noDatabase,
    // The host writes.
    beats: { ...beats, writer: { goOn: () => {}, isResting: () => false } },
    waitUntil: () => {},
  };
}

const noDatabase = new Proxy({} as never, {
  get() {
    throw new Error("The entry has no database.");
  },
});
