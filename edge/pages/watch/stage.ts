import { required, setText } from "../shared/element.ts";
import type { StageView } from "./stage-view.ts";

/** Draws the stage view over (or in place of) the picture. */
export function drawStage(view: StageView): void {
  const stage = required<HTMLElement>("#stage");
  stage.dataset.kind = view.kind;
  stage.dataset.scene = view.scene;
  stage.classList.toggle("is-busy", view.busy);
  setText(required("#stage-headline"), view.headline);
  setText(required("#stage-detail"), view.detail);
}
