import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { audienceKey } from "../../../edge/auth/audience-key.ts";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface FastifyPeer {
  origin: string;
  pid: number;
  stop(): Promise<void>;
}

/** The customary server (fastify-app.ts), one process of it, on the same database and taking the same tokens. */
export async function startFastifyPeer(databaseUrl: string, jwtSecret: string): Promise<FastifyPeer> {
  const port = await freePort();
  const program = fileURLToPath(new URL("./fastify-app.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    env: {
      PATH: process.env.PATH ?? "",
      NODE_ENV: "production",
      DATABASE_URL: databaseUrl,
      SESSION_KEY: Buffer.from(await audienceKey(jwtSecret, "session")).toString("hex"),
      PORT: String(port),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const closed = once(child, "close");
  const origin = `http://127.0.0.1:${port}`;
  await waitFor("the peer answers", async () => (await fetch(`${origin}/api/events`)).status === 401);
  return {
    origin,
    pid: child.pid!,
    stop: async () => {
      child.kill("SIGTERM");
      await closed;
    },
  };
}
