import type { Playback } from "../../edge/protocol/streams.ts";
import { BeatSender } from "./beat-sender.ts";
import { nextBeatAt, playedSpans, playedWithin } from "./play-counters.ts";
import { PlaylistReader } from "./playlist-reader.ts";
import { RoomVisit } from "./room-visit.ts";
import type { RunClock } from "./run-clock.ts";
import type { LivedVisit } from "./truth.ts";
import type { HttpAnswer, ViewerNetwork } from "./viewer-network.ts";
import { type DeviceScript, hiddenBeats, type VisitScript } from "./viewer-script.ts";

export interface Hall {
  /** `http://host:port` */
  url: string;
  beatSeconds: number;
  latestSeconds: number;
  apiKillsAt: readonly number[];
  clock: RunClock;
  /** By a device's `stage`. */
  stages: readonly { sessionId: string; streamId: string }[];
  answered(answer: HttpAnswer | null): void;
}

/** Who somebody is to the server; the cookie of a browser without an account comes with the first answer. */
export interface Identity {
  token: string | null;
  cookie: string | null;
  skewSeconds: number;
}

/** Lives one device's script. */
export class DeviceAtWork {
  readonly #hall: Hall;
  readonly #identity: Identity;
  readonly #script: DeviceScript;
  readonly #network: ViewerNetwork;
  readonly #past: {
    lived: Omit<LivedVisit, "untoldSeconds" | "toldFrom">;
    sender: BeatSender | null;
    untoldSeconds(): number;
  }[] = [];

  constructor(hall: Hall, identity: Identity, script: DeviceScript, network: ViewerNetwork) {
    this.#hall = hall;
    this.#identity = identity;
    this.#script = script;
    this.#network = network;
  }

  /** Resolves after the last visit; late beats may still be on their way. */
  async live(): Promise<void> {
    for (const visit of this.#script.visits) {
      await this.#hall.clock.until(visit.openAt);
      await this.#visit(visit);
    }
  }

  get isQuiet(): boolean {
    return this.#past.every(({ sender }) => sender?.isQuiet ?? true);
  }

  /** What really came of it so far. */
  get lived(): LivedVisit[] {
    return this.#past.map(({ lived, sender, untoldSeconds }) => ({
      ...lived,
      toldFrom: sender === null ? lived.from : this.#hall.clock.onTheWall(sender.toldFrom),
      untoldSeconds: untoldSeconds(),
    }));
  }

  /** At the end of a run. */
  leave(): void {
    for (const { sender } of this.#past) sender?.drop();
    this.#network.drop();
  }

  async #visit(visit: VisitScript): Promise<void> {
    const { clock, stages, url } = this.#hall;
    const { signs, stage } = this.#script;
    const place = stages[stage]!;
    const playback = await this.#openPlayer(place.streamId, visit.closeAt);
    if (playback === null) return;
    const room =
      signs.socket === "none"
        ? null
        : new RoomVisit({
            url,
            sessionId: place.sessionId,
            network: this.#network,
            headers: this.#headers(),
            now: () => clock.now(),
          });
    const reader = signs.playlists ? new PlaylistReader(this.#network, clock) : null;
    const address = new URL(playback.url);
    const firstPlaylist = reader?.read(`${url}${address.pathname}`);
    // Who is known by these alone is there from then on.
    const appeared = room?.joined ?? firstPlaylist;
    if (!signs.beats) await Promise.race([appeared, clock.until(visit.closeAt)]);
    const openedAt = clock.now();
    const changes = visit.networkChangesAt
      .filter((at) => at > openedAt)
      .map((at) => setTimeout(() => this.#network.change(), (at - openedAt) * 1000));
    const sender = signs.beats ? this.#sender(visit, playback, openedAt) : null;
    if (sender !== null) await this.#play(visit, sender);
    else if (signs.socket === "tells") await this.#tell(visit, room!);
    else await clock.until(visit.closeAt);
    for (const change of changes) clearTimeout(change);
    if (!visit.saysGoodbye) this.#network.drop();
    const closedAt = clock.now();
    room?.close();
    reader?.stop();
    if (!visit.saysGoodbye) this.#network.change();
    const played = signs.beats || signs.socket === "tells" ? playedSpans(visit, openedAt, visit.closeAt) : [];
    const lived = {
      viewerId: playback.viewerId,
      stage,
      from: clock.onTheWall(openedAt),
      to: clock.onTheWall(closedAt),
      played: played.map(({ from, to }) => ({ from: clock.onTheWall(from), to: clock.onTheWall(to) })),
    };
    const untoldSeconds = () => sender?.untoldSeconds() ?? playedWithin(played, room?.breaks ?? []);
    this.#past.push({ lived, sender, untoldSeconds });
  }

  #sender(visit: VisitScript, { beatToken }: Playback, openedAt: number): BeatSender {
    const { clock, latestSeconds, beatSeconds, apiKillsAt, url, answered } = this.#hall;
    const line = {
      ...{ url, clock, latestSeconds, beatSeconds, apiKillsAt, answered },
      network: this.#network,
      token: beatToken,
      headers: this.#headers(),
    };
    return new BeatSender(line, visit, openedAt);
  }

  async #play(visit: VisitScript, sender: BeatSender): Promise<void> {
    const { clock, beatSeconds } = this.#hall;
    const pace = { beatSeconds, hiddenBeatSeconds: hiddenBeats * beatSeconds };
    let at = clock.now();
    while (at < visit.closeAt) {
      sender.send(false);
      at = nextBeatAt(visit, pace, at);
      await clock.until(at);
    }
    if (visit.saysGoodbye) sender.send(true);
    else sender.drop();
  }

  async #tell(visit: VisitScript, room: RoomVisit): Promise<void> {
    const { clock, beatSeconds } = this.#hall;
    let at = clock.now();
    while (at < visit.closeAt) {
      room.watches(visit.spans.some(({ from, to, kind }) => kind === "playing" && from <= at && at < to));
      at = nextBeatAt(visit, { beatSeconds, hiddenBeatSeconds: beatSeconds }, at);
      await clock.until(at);
    }
  }

  /** Tries until it is answered, or the visit is over: then null. */
  async #openPlayer(streamId: string, until: number): Promise<Playback | null> {
    const { clock, url } = this.#hall;
    while (clock.now() < until) {
      const answer = await this.#network.ask({
        url: `${url}/api/streams/${streamId}/playback`,
        headers: this.#headers(),
      });
      if (answer?.status === 200) {
        const cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0];
        if (cookie !== undefined) this.#identity.cookie = cookie;
        return JSON.parse(answer.text) as Playback;
      }
      await clock.until(clock.now() + 0.5);
    }
    return null;
  }

  /** With the date of a clock that is wrong. */
  #headers(): Record<string, string> {
    const { token, cookie, skewSeconds } = this.#identity;
    return {
      date: new Date(Date.now() + skewSeconds * 1000).toUTCString(),
      "user-agent": this.#script.userAgent,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === null ? {} : { cookie }),
    };
  }
}
