import type { Player } from "./player.ts";
import type { Level } from "./quality-levels.ts";
import type { PlayerState } from "./stage-view.ts";

/**
 * `window.rostrumPlayer`: what a test or an embedding page may ask and tell the player. Stable. Beside it,
 * `<body data-stream-state>` is the stream's status and `<body data-player-state>` this `state`.
 */
export interface RostrumPlayer {
  /** The levels of the master playlist, lowest bitrate first; empty while nothing is loaded. */
  readonly levels: Level[];
  /** Index of the level on screen, or -1 while not known. */
  readonly currentLevel: number;
  /** Index of the level that was set, or -1 when it is automatic. */
  readonly chosenLevel: number;
  /** Shows the level with this index from the next segment on; -1 is automatic. */
  setLevel(index: number): void;
  readonly state: PlayerState;
  /** Seconds from the encoder to the screen, or null while not known. */
  readonly latencySeconds: number | null;
}

declare global {
  interface Window {
    rostrumPlayer: RostrumPlayer;
  }
}

export function exposePlayer(player: Player): void {
  window.rostrumPlayer = {
    get levels() {
      return player.engine?.levels ?? [];
    },
    get currentLevel() {
      return player.engine?.playingLevel ?? -1;
    },
    get chosenLevel() {
      return player.engine?.chosenLevel ?? -1;
    },
    setLevel: (index) => player.chooseLevel(index),
    get state() {
      return player.state;
    },
    get latencySeconds() {
      return player.engine?.latencySeconds ?? null;
    },
  };
}
