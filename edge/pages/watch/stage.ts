import { required, setText } from "../shared/element.ts";
import type { PlayerState, StageView } from "./stage-view.ts";

/** What the player does, for who looks on and for tests, with the view that goes with it. */
export function drawPlayer(state: PlayerState, view: StageView): void {
  document.body.dataset.playerState = state;
  required<HTMLElement>("#stage-play").hidden = state !== "blocked";
  drawStage(view);
}

/** Draws the stage view over (or in place of) the picture. */
export function drawStage(view: StageView): void {
  const stage = required<HTMLElement>("#stage");
  stage.dataset.kind = view.kind;
  stage.dataset.scene = view.scene;
  stage.classList.toggle("is-busy", view.busy);
  setText(required("#stage-headline"), view.headline);
  setText(required("#stage-detail"), view.detail);
}
