import type { Playback } from "../../protocol/streams.ts";
import { ApiError } from "../shared/api-client.ts";
import { required } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { PlayerControls } from "./controls.ts";
import { LiveButton } from "./live-button.ts";
import { Player } from "./player.ts";
import { drawPlayer } from "./stage.ts";
import { type StageFacts, stageView } from "./stage-view.ts";
import { mayPass } from "./stream-loader.ts";
import { type KnownStatus, orderFor } from "./stream-status.ts";
import { exposePlayer } from "./test-hook.ts";

export interface LiveStageSettings {
  /** Throws ApiError. */
  loadPlayback(): Promise<Playback>;
  /** What the player does, or why it may not, has changed. */
  changed(): void;
}

/** The picture of a live stream with its controls, and the words that stand in its place. */
export class LiveStage {
  readonly player: Player;
  #settings: LiveStageSettings;
  #controls: PlayerControls;
  #live: LiveButton;
  #refusal: string | null = null;

  constructor(settings: LiveStageSettings) {
    this.#settings = settings;
    this.player = new Player({
      video: required("#video"),
      loadPlayback: () => this.#loadPlayback(),
      changed: () => settings.changed(),
    });
    this.#live = new LiveButton(this.player);
    exposePlayer(this.player);
    this.#controls = new PlayerControls(this.player, [this.#live.root]);
  }

  /** Does what a change of the stream's status asks for; `previous` is null on the first look. */
  follow(previous: KnownStatus | null, known: KnownStatus): void {
    this.player.onAir = known.status === "live";
    const order = orderFor(previous, known, this.player.isLoaded);
    if (order === "start") this.player.start();
    else if (order === "stop") this.player.stop();
    else if (order === "drain") this.player.drain();
  }

  draw(facts: Pick<StageFacts, "status" | "startsAt" | "endedAt">): void {
    const { state } = this.player;
    drawPlayer(state, stageView({ ...facts, player: state, now: Date.now(), refusal: this.#refusal }));
    this.#live.show();
    this.#controls.show();
  }

  async #loadPlayback(): Promise<Playback> {
    try {
      const playback = await this.#settings.loadPlayback();
      this.#refusal = null;
      return playback;
    } catch (error) {
      this.#refusal = error instanceof ApiError && !mayPass(error) ? describeProblem(error.problem) : null;
      this.#settings.changed();
      throw error;
    }
  }
}
