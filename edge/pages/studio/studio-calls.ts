/** What the studio asks of the API. All throw ApiError. */
import type * as v from "valibot";
import { listOf } from "../../protocol/list.ts";
import { type Recording, RecordingList } from "../../protocol/recordings.ts";
import {
  type CreateRelayRequest,
  type Relay,
  RelayDestinationList,
  RelayList,
  type UpdateRelayRequest,
} from "../../protocol/relays.ts";
import { StreamAnalytics, StreamStats } from "../../protocol/stream-health.ts";
import { KeyRegenerated, Playback, Stream, StreamCreated } from "../../protocol/streams.ts";
import { parsedBodyOf, rostrum } from "../shared/api-client.ts";

export type NewRelay = v.InferInput<typeof CreateRelayRequest>;
export type RelayChange = v.InferInput<typeof UpdateRelayRequest>;
export type RelayDestination = v.InferOutput<typeof RelayDestinationList>["items"][number];
export type NewStream = Pick<Stream, "title" | "latencyMode" | "record">;

const api = rostrum.api;
const one = api.streams[":id"];
const Streams = listOf(Stream);

export async function loadStreams(): Promise<Stream[]> {
  return (await parsedBodyOf(api.streams.$get({ query: { limit: "200" } }), Streams)).items;
}

export function createStream(json: NewStream): Promise<StreamCreated> {
  return parsedBodyOf(api.streams.$post({ json }), StreamCreated);
}

/** One stream and what belongs to it. */
export class StreamCalls {
  readonly #param: { id: string };

  constructor(streamId: string) {
    this.#param = { id: streamId };
  }

  stream(): Promise<Stream> {
    return parsedBodyOf(one.$get({ param: this.#param }), Stream);
  }

  playback(): Promise<Playback> {
    return parsedBodyOf(one.playback.$get({ param: this.#param, query: {} }), Playback);
  }

  stats(): Promise<StreamStats> {
    return parsedBodyOf(one.stats.$get({ param: this.#param }), StreamStats);
  }

  analytics(from: Date): Promise<StreamAnalytics> {
    const query = { from: from.toISOString() };
    return parsedBodyOf(one.analytics.$get({ param: this.#param, query }), StreamAnalytics);
  }

  setRecord(record: boolean): Promise<Stream> {
    return parsedBodyOf(one.$put({ param: this.#param, json: { record } }), Stream);
  }

  regenerateKey(): Promise<KeyRegenerated> {
    return parsedBodyOf(one["regenerate-key"].$post({ param: this.#param }), KeyRegenerated);
  }

  async end(): Promise<void> {
    await one.end.$post({ param: this.#param });
  }

  async relayDestinations(): Promise<RelayDestination[]> {
    return (await parsedBodyOf(api["relay-destinations"].$get(), RelayDestinationList)).items;
  }

  async relays(): Promise<Relay[]> {
    const answer = one.relays.$get({ param: this.#param, query: { limit: "200" } });
    return (await parsedBodyOf(answer, RelayList)).items;
  }

  async createRelay(json: NewRelay): Promise<void> {
    await one.relays.$post({ param: this.#param, json });
  }

  async updateRelay(relayId: string, json: RelayChange): Promise<void> {
    await one.relays[":relayId"].$patch({ param: { ...this.#param, relayId }, json });
  }

  async deleteRelay(relayId: string): Promise<void> {
    await one.relays[":relayId"].$delete({ param: { ...this.#param, relayId } });
  }

  async recordings(): Promise<Recording[]> {
    const answer = one.recordings.$get({ param: this.#param, query: { limit: "50" } });
    return (await parsedBodyOf(answer, RecordingList)).items;
  }

  async deleteRecording(id: string): Promise<void> {
    await api.recordings[":id"].$delete({ param: { id } });
  }
}
