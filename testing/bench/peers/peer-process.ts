import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { audienceKey } from "../../../edge/auth/audience-key.ts";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../support/wait-for.ts";

/** A customary server that Rostrum is measured against. */
export interface Peer {
  origin: string;
  pid: number;
  stop(): Promise<void>;
}

interface PeerSettings {
  /** The program, in this folder. */
  program: string;
  databaseUrl: string;
  jwtSecret: string;
  /** What it answers, once it is there, to somebody without a token. */
  answers: { path: string; status: number };
  stopSignal: NodeJS.Signals;
}

/** One process of it, on the same database and taking the same tokens. */
async function startPeer(settings: PeerSettings): Promise<Peer> {
  const port = await freePort();
  const program = fileURLToPath(new URL(settings.program, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    env: {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      DATABASE_URL: settings.databaseUrl,
      SESSION_KEY: Buffer.from(await audienceKey(settings.jwtSecret, "session")).toString("hex"),
      BEAT_KEY: Buffer.from(await audienceKey(settings.jwtSecret, "beat")).toString("hex"),
      PORT: String(port),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const closed = once(child, "close");
  const origin = `http://127.0.0.1:${port}`;
  const { path, status } = settings.answers;
  await waitFor("the peer answers", async () => (await fetch(origin + path)).status === status);
  return {
    origin,
    pid: child.pid!,
    stop: async () => {
      child.kill(settings.stopSignal);
      await closed;
    },
  };
}

/** fastify-app.ts */
export function startFastifyPeer(databaseUrl: string, jwtSecret: string): Promise<Peer> {
  const answers = { path: "/api/events", status: 401 };
  return startPeer({ program: "./fastify-app.ts", databaseUrl, jwtSecret, answers, stopSignal: "SIGTERM" });
}

/** socket-io-app.ts */
export function startSocketIoPeer(databaseUrl: string, jwtSecret: string): Promise<Peer> {
  // engine.io refuses a request without a transport.
  const answers = { path: "/socket.io/?EIO=4", status: 400 };
  return startPeer({ program: "./socket-io-app.ts", databaseUrl, jwtSecret, answers, stopSignal: "SIGKILL" });
}

/** naive-beats.ts */
export function startNaiveBeats(databaseUrl: string, jwtSecret: string): Promise<Peer> {
  const answers = { path: "/api/playback/beat", status: 404 };
  return startPeer({ program: "./naive-beats.ts", databaseUrl, jwtSecret, answers, stopSignal: "SIGTERM" });
}

/** naive-export.ts */
export function startNaiveExport(databaseUrl: string): Promise<Peer> {
  const answers = { path: "/", status: 404 };
  return startPeer({
    program: "./naive-export.ts",
    databaseUrl,
    jwtSecret: "of no use here",
    answers,
    stopSignal: "SIGTERM",
  });
}
