import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { audienceKey } from "../../../edge/auth/audience-key.ts";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface SocketIoPeer {
  origin: string;
  pid: number;
  stop(): Promise<void>;
}

/** The customary server (socket-io-app.ts), one process of it, on the same database and taking the same tokens. */
export async function startSocketIoPeer(databaseUrl: string, jwtSecret: string): Promise<SocketIoPeer> {
  const port = await freePort();
  const program = fileURLToPath(new URL("./socket-io-app.ts", import.meta.url));
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
  // engine.io refuses a request without a transport.
  await waitFor("the peer answers", async () => (await fetch(`${origin}/socket.io/?EIO=4`)).status === 400);
  return {
    origin,
    pid: child.pid!,
    stop: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
