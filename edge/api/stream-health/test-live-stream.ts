/** A stream that a media node holds, for tests of what the node says of it. */
import { mediaNodes } from "../../db/schema/streams-tables.ts";
import { newIdentifier } from "../../protocol/identifier.ts";
import type { StreamReport } from "../../protocol/internal-media.ts";
import type { StreamSample } from "../../protocol/stream-health.ts";
import { callInternal } from "../streams/test-client.ts";
import { makeEvent, makeSession, makeStream } from "../streams/test-scene.ts";
import type { TestApi } from "../test-application.ts";

export async function makeLiveStream(api: TestApi) {
  const { db } = api.deps;
  const nodeId = newIdentifier("mediaNode");
  await db.insert(mediaNodes).values({ id: nodeId, hlsHost: "media.test", rtmpHost: "" });
  const sessionId = await makeSession(db, await makeEvent(db));
  const stream = await makeStream(db, { sessionId, mediaNodeId: nodeId });
  const broadcastId = newIdentifier("broadcast");
  let revision = 0;
  return {
    ...stream,
    nodeId,
    sessionId,
    broadcastId,
    /** Of this broadcast, unless told otherwise. */
    report: (more: Partial<StreamReport>) =>
      callInternal(api, "POST", "/internal/media/status", 204, {
        nodeId,
        reports: [{ streamId: stream.id, revision: ++revision, broadcastId, ...more }],
      }),
    samples: (samples: StreamSample[], more: object = {}, from = nodeId) =>
      callInternal(api, "POST", "/internal/media/samples", 204, {
        nodeId: from,
        streams: [{ streamId: stream.id, broadcastId, samples, shed: [], ...more }],
      }),
  };
}

/** What a stream without trouble looks like. */
export function sampleAt(at: Date, more: Partial<StreamSample> = {}): StreamSample {
  return {
    at: at.toISOString(),
    bitrateKbps: 3000,
    frameRate: 30,
    keyframeIntervalSeconds: 2,
    droppedFrames: 0,
    audioDriftMs: 0,
    encodingSpeed: 1,
    backlogSeconds: 0,
    renditions: 3,
    viewers: 0,
    ...more,
  };
}
