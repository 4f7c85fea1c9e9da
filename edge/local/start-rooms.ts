/** The rooms' container: gateways, event and session rooms under plain workerd. */
import { join } from "node:path";
import * as v from "valibot";
import { containerPaths } from "./container-paths.ts";
import { roomsProcess } from "./edge-processes.ts";
import { explainIssues } from "./explain-issues.ts";
import { runContainer } from "./run-container.ts";
import { StartRefusal } from "./start-refusal.ts";

const firstPort = 1999;
/** Of each process: 1999 and those that follow. */
const ports = (processes: number) => Array.from({ length: processes }, (_, index) => firstPort + index);
const Variables = v.object({
  EDGE_INTERNAL_URL: v.pipe(v.string(), v.url("is not a URL")),
  INTERNAL_API_KEY: v.pipe(v.string(), v.minLength(1, "is empty")),
  ROOM_PROCESSES: v.pipe(v.optional(v.string(), "1"), v.regex(/^[1-9]\d?$/, "is not a whole number")),
  GATEWAYS: v.pipe(v.optional(v.string(), "2"), v.regex(/^[1-9]\d{0,2}$/, "is not a whole number")),
});

await runContainer("rooms", {
  processes: () => {
    const read = v.safeParse(Variables, process.env);
    if (!read.success) throw new StartRefusal(explainIssues(read.issues));
    const { workerd, builds } = containerPaths();
    const all = ports(Number(read.output.ROOM_PROCESSES));
    return all.map((port, index) =>
      roomsProcess({
        command: workerd,
        build: join(builds, "rooms"),
        index,
        host: "*",
        port,
        edgeInternalUrl: read.output.EDGE_INTERNAL_URL,
        internalApiKey: read.output.INTERNAL_API_KEY,
        // Gateways and the rooms they join are all in this container.
        roomsUrl: all.map((own) => `http://127.0.0.1:${own}`).join(),
        gateways: Number(read.output.GATEWAYS),
      }),
    );
  },
  // Sockets are closed with 1012 "come back", which clients do at once; a process that just ends looks like a loss.
  beforeStop: () =>
    Promise.all(
      ports(Number(process.env.ROOM_PROCESSES ?? 1)).map((port) =>
        fetch(`http://127.0.0.1:${port}/restart`, {
          method: "POST",
          headers: { authorization: `Bearer ${process.env.INTERNAL_API_KEY}` },
          signal: AbortSignal.timeout(2000),
        }),
      ),
    ),
});
