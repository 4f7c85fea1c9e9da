import { createHash } from "node:crypto";
import type { PublishDecision } from "../../edge/protocol/internal-media.ts";
import type { Log } from "../../edge/protocol/log.ts";
import { type EdgeClient, EdgeUnavailable, edgeTrouble } from "../edge-client/edge-client.ts";
import type { Metrics } from "../http/metrics.ts";
import type { StreamRegistry } from "../streams/stream-registry.ts";
import { type PublishCallback, readPublish, readPublishDone } from "./publish-callback.ts";

/** What nginx-rtmp is answered: a new name for the stream, or a cut. */
export type GateAnswer = { allowed: true; playbackId: string } | { allowed: false; reason: string };

export interface PublishGateDependencies {
  edge: EdgeClient;
  registry: StreamRegistry;
  metrics: Metrics;
  log: Log;
  /** Settles when the streams of a former sidecar are restored. */
  restored: Promise<void>;
}

/** nginx gives up after 6 s (netcall_timeout); the edge alone may take 3. */
const deadlineMs = 5000;

/** Who may publish. Whatever goes wrong on the way, the answer is no. */
export class PublishGate {
  readonly #dependencies: PublishGateDependencies;

  constructor(dependencies: PublishGateDependencies) {
    this.#dependencies = dependencies;
  }

  /** `body` is nginx-rtmp's `on_publish` form. Never throws. */
  async publish(body: string): Promise<GateAnswer> {
    const { metrics, log } = this.#dependencies;
    const reading = readPublish(body);
    const beganAt = Date.now();
    const answer: GateAnswer = reading.ok
      ? await inTime(this.#decide(reading.callback))
      : { allowed: false, reason: reading.reason };
    const who = reading.ok ? { address: reading.callback.address, clientId: reading.callback.clientId } : {};
    const took = { milliseconds: Date.now() - beganAt };
    metrics.count("publishes", answer.allowed ? "allowed" : answer.reason);
    if (answer.allowed) log.info("publish.allowed", { ...who, ...took, playbackId: answer.playbackId });
    else log.warn("publish.refused", { ...who, ...took, reason: answer.reason });
    return answer;
  }

  /** `body` is nginx-rtmp's `on_publish_done` form; also those of refused publishers arrive here. */
  publishDone(body: string): void {
    const clientId = readPublishDone(body);
    if (clientId !== null) this.#dependencies.registry.publisherGone(clientId);
  }

  /**
   * What the edge says; while it is away, what it said before: an encoder that was let in, and drops, comes back into
   * its running broadcast. Nobody else does.
   */
  async #askEdge(streamKey: string, address: string, keyHash: string): Promise<PublishDecision> {
    const { edge, registry, log, restored } = this.#dependencies;
    try {
      return await edge.mayPublish(streamKey, address);
    } catch (error) {
      if (!(error instanceof EdgeUnavailable)) throw error;
      await restored;
      const stream = registry.publishedWith(keyHash);
      if (stream === undefined) throw error;
      log.warn("publish.known-key", { playbackId: stream.playbackId, error: edgeTrouble(error) });
      return { decision: "allow", stream };
    }
  }

  async #decide({ streamKey, address, clientId }: PublishCallback): Promise<GateAnswer> {
    const { registry, log, restored } = this.#dependencies;
    try {
      const keyHash = createHash("sha256").update(streamKey).digest("hex");
      const decision = await this.#askEdge(streamKey, address, keyHash);
      // The edge has written the reason on the stream, where the key is one's.
      if (decision.decision === "deny") return { allowed: false, reason: decision.reason };
      await restored;
      const admission = await registry.admit(decision.stream, { clientId, address, keyHash });
      if (!admission.allowed) return admission;
      return { allowed: true, playbackId: decision.stream.playbackId };
    } catch (error) {
      log.error("publish.failed", { clientId, error: edgeTrouble(error) });
      return { allowed: false, reason: error instanceof EdgeUnavailable ? "edge-away" : "not-ready" };
    }
  }
}

async function inTime(decision: Promise<GateAnswer>): Promise<GateAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<GateAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ allowed: false, reason: "too-slow" }), deadlineMs);
  });
  try {
    return await Promise.race([decision, late]);
  } finally {
    clearTimeout(timer);
  }
}
