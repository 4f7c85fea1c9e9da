import { readdirSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../kills/seeded-random.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type ProcessName, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { SimulatedViewer } from "../support/simulated-viewer.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { encodersOf } from "./processor-time.ts";
import { residentMegabytes } from "./resident-memory.ts";
import { trendOf } from "./soak-trend.ts";
import { table } from "./table.ts";

const minutes = Number(process.env.SOAK_MINUTES ?? 30);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const viewerCount = 10;
const sampleSeconds = Math.min(60, (minutes * 60) / 8);
const observed: readonly ProcessName[] = ["sidecar", "nginx-rtmp", "nginx-http", "api"];
/** Of memory, over the last three quarters of the run. */
const flatWithin = 0.1;
/** What a source may come back as. */
const shapes = [
  small,
  { ...small, width: 320, height: 180 },
  { ...small, width: 854, height: 480, framesPerSecond: 10 },
];

/**
 * A live stream for half an hour whose encoder is killed, freezes or leaves at random, and comes back at random, as
 * another one at times. Viewers may wait, but never fall off; memory is flat; and nothing is left when it has ended.
 * Throws where that is not so. `SOAK_MINUTES`, and `SOAK_SEED` to run the same again.
 */
export async function soakLive(): Promise<void> {
  process.stdout.write(`live-soak: ${minutes} minutes, SOAK_SEED=${seed}\n`);
  const rostrum = await startRostrum({ environment: { KEEP_ENDED_SECONDS: "5" } });
  try {
    await soak(rostrum);
  } finally {
    await rostrum.remove();
  }
}

async function soak(rostrum: Rostrum): Promise<void> {
  const random = new SeededRandom(seed);
  const { stream, streamKey } = await rostrum.admin.createStage({ reconnectWindowSeconds: 120 });
  const files = await Promise.all(shapes.map((shape) => testMedia(shape)));
  const encoder = new UnreliableEncoder(random, files, `${rostrum.ingestUrl}/${streamKey}`);
  const viewers = Array.from(
    { length: viewerCount },
    (_, rung) =>
      new SimulatedViewer({
        playbackUrl: async () => (await rostrum.anonymous.playback(stream.id)).url,
        rung: rung % 4,
      }),
  );
  const samples: Record<string, number[]> = Object.fromEntries(observed.map((name) => [name, []]));
  const endsAt = Date.now() + minutes * 60_000;
  const life = encoder.live(() => Date.now() < endsAt);
  try {
    const live = async () => (await rostrum.admin.stream(stream.id)).status === "live";
    await waitFor("live", live, { timeoutSeconds: 60 });
    for (const viewer of viewers) viewer.begin();
    while (Date.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, sampleSeconds * 1000));
      for (const name of observed) samples[name]!.push(residentMegabytes(await rostrum.pidOf(name)));
    }
    await life;
    await waitFor("live at the end", live, { timeoutSeconds: 60 });
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.stop()));
    await encoder.stop();
  }
  await rostrum.admin.call("POST", `/api/streams/${stream.id}/end`);
  const left = await whatIsLeft(rostrum);
  report({ encoder, viewers, samples, left });
}

interface Outcome {
  encoder: UnreliableEncoder;
  viewers: readonly SimulatedViewer[];
  samples: Record<string, number[]>;
  left: string[];
}

function report({ encoder, viewers, samples, left }: Outcome): void {
  const fellOff = viewers.flatMap((viewer) => viewer.fellOff ?? []);
  const stalls = viewers.flatMap(({ buffer }) => buffer.stalls);
  const memory = Object.entries(samples).map(([name, values]) => ({
    name,
    values,
    trend: trendOf(values, flatWithin),
  }));
  const rows = memory.map(({ name, values, trend }) => [
    name,
    values[0]!.toFixed(0),
    Math.max(...values).toFixed(0),
    values.at(-1)!.toFixed(0),
    `${trend.isFlat ? "flat" : "NOT FLAT"} (${(trend.growth * 100).toFixed(1)} %)`,
  ]);
  process.stdout.write(
    `\nLive for ${minutes} minutes with an encoder that ${encoder.summary} (SOAK_SEED=${seed})\n${table([
      ["process", "MB at first", "most", "at last", "last three quarters"],
      ...rows,
    ])}\n${viewers.length} viewers, ${viewers.reduce((sum, viewer) => sum + viewer.segments, 0)} segments; fell off: ${
      fellOff.length
    }; longest wait ${Math.max(0, ...stalls).toFixed(1)} s; left over: ${left.join(", ") || "nothing"}\n`,
  );
  const wrong = [
    ...fellOff.map((reason) => `a viewer fell off: ${reason}`),
    ...memory.filter(({ trend }) => !trend.isFlat).map(({ name }) => `memory of ${name} grows`),
    ...left.map((name) => `left over: ${name}`),
  ];
  // A minute or two is for trying the soak itself: memory warms up for longer than that.
  const serious = minutes < 10 ? wrong.filter((each) => !each.startsWith("memory")) : wrong;
  if (serious.length > 0) throw new Error(serious.join("\n"));
}

/** Files of broadcasts, and FFmpegs, once the ended stream's time is over. */
async function whatIsLeft(rostrum: Rostrum): Promise<string[]> {
  const media = join(rostrum.dataDirectory, "media");
  const files = () =>
    ["segments", "journals", "streams"].flatMap((folder) =>
      readdirSync(join(media, folder)).map((name) => `${folder}/${name}`),
    );
  const sidecar = await rostrum.pidOf("sidecar");
  const processes = () => encodersOf(sidecar).map((pid) => `FFmpeg ${pid}`);
  await waitFor("nothing is left", () => files().length + processes().length === 0, {
    timeoutSeconds: 60,
  }).catch(() => {});
  return [...files(), ...processes()];
}

/** Publishes, is lost in one way or another, stays away for a while, and comes back, as another one at times. */
class UnreliableEncoder {
  readonly #random: SeededRandom;
  readonly #files: readonly string[];
  readonly #url: string;
  readonly #counts = { killed: 0, froze: 0, left: 0 };
  #publisher: Publisher | null = null;
  #frozen: Publisher[] = [];

  constructor(random: SeededRandom, files: readonly string[], url: string) {
    this.#random = random;
    this.#files = files;
    this.#url = url;
  }

  get summary(): string {
    const { killed, froze, left } = this.#counts;
    return `was killed ${killed} times, froze ${froze} times and left ${left} times`;
  }

  async live(goesOn: () => boolean): Promise<void> {
    await this.#publish();
    while (goesOn()) {
      await this.#pause(this.#random.between(5, 40), goesOn);
      if (!goesOn()) return;
      await this.#lose();
      await this.#pause(this.#random.between(0, 20), () => true);
      await this.#publish();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#publisher, ...this.#frozen].map((publisher) => publisher?.kill()));
  }

  async #lose(): Promise<void> {
    const publisher = this.#publisher!;
    const how = this.#random.pick(["killed", "froze", "left"] as const);
    this.#counts[how]++;
    if (how === "killed") await publisher.kill();
    else if (how === "left") await publisher.stop();
    else {
      process.kill(publisher.pid, "SIGSTOP");
      this.#frozen.push(publisher);
    }
  }

  /** Again and again until it is let in, as encoders do. */
  async #publish(): Promise<void> {
    const file = this.#random.pick(this.#files);
    this.#publisher = await waitFor(
      "the encoder is let in",
      async () => {
        const attempt = publish(file, this.#url);
        const over = await Promise.race([
          attempt.ended,
          new Promise((resolve) => setTimeout(resolve, 2000, null)),
        ]);
        return over === null && attempt;
      },
      { timeoutSeconds: 60 },
    );
    await Promise.all(this.#frozen.splice(0).map((frozen) => frozen.kill()));
  }

  async #pause(seconds: number, goesOn: () => boolean): Promise<void> {
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until && goesOn()) await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
