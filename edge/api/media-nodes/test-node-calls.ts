/** What a media node says to the edge, with the answers as it reads them. */
import * as v from "valibot";
import { HeartbeatResponse, MediaCommands, PublishDecision } from "../../protocol/internal-media.ts";
import { callInternal } from "../streams/test-client.ts";
import type { TestApi } from "../test-application.ts";

export function nodeCalls(api: () => TestApi) {
  const ask = async (method: string, path: string, status: number, body?: object) =>
    (await callInternal(api(), method, `/internal/media/${path}`, status, body)).body;
  return {
    publish: async (nodeId: string, streamKey: string) =>
      v.parse(PublishDecision, await ask("POST", "publish", 200, { nodeId, streamKey, address: "10.0.0.9" })),
    report: (nodeId: string, ...reports: object[]) => ask("POST", "status", 204, { nodeId, reports }),
    heartbeat: async (nodeId: string) =>
      v.parse(
        HeartbeatResponse,
        await ask("POST", "heartbeat", 200, {
          nodeId,
          hlsHost: "one.test:8080",
          rtmpHost: "one.test",
          liveStreams: 0,
        }),
      ),
    commands: async (nodeId: string, more = "") =>
      v.parse(MediaCommands, await ask("GET", `commands?nodeId=${nodeId}${more}`, 200)).commands,
  };
}
