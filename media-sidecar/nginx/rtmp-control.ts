import { rtmpApplication } from "./rtmp-configuration.ts";
import { parseRtmpStat, type RtmpStat } from "./rtmp-stat.ts";

/** nginx-rtmp's stat and control, on loopback. */
export class RtmpControl {
  readonly #origin: string;

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`;
  }

  /** Who publishes now. Throws when nginx-rtmp does not answer within a second. */
  async stat(): Promise<RtmpStat> {
    return parseRtmpStat(await this.#get("/stat"), rtmpApplication);
  }

  /** As `stat`, but null when nothing listens there. */
  async statIfRunning(): Promise<RtmpStat | null> {
    try {
      return await this.stat();
    } catch (error) {
      const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
      if (cause?.code === "ECONNREFUSED") return null;
      throw error;
    }
  }

  /** Cuts whoever publishes under the name, or only that connection of it; resolves to how many were cut. */
  async dropPublisher(name: string, clientId?: string): Promise<number> {
    const query = new URLSearchParams({ app: rtmpApplication, name });
    if (clientId !== undefined) query.set("clientid", clientId);
    return Number(await this.#get(`/control/drop/publisher?${query}`)) || 0;
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(this.#origin + path, { signal: AbortSignal.timeout(1000) });
    const body = await response.text();
    if (!response.ok) throw new Error(`nginx-rtmp answered ${response.status}`);
    return body;
  }
}
