import { showAccountCorner } from "../shared/account-corner.ts";
import { ApiError } from "../shared/api-client.ts";
import { Identity } from "../shared/identity.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { drawTitle } from "./about.ts";
import { drawStage } from "./stage.ts";
import { mayPass } from "./stream-loader.ts";

export interface PageOpening<Found> {
  /** Reads what the page is about; throws ApiError where it is not there, or not to be had. */
  load(): Promise<Found>;
  /** Called once. `known` settles when it is known who looks on. */
  show(found: Found, identity: Identity, known: Promise<void>): void;
  /** Said where there is nothing for these eyes. */
  absent: { headline: string; detail: string };
}

/**
 * Opens a page with a stage: again by itself while the server is away, and when somebody else signs in. The picture comes
 * first: who looks on may be known a moment later.
 */
export function openStagePage<Found>({ load, show, absent }: PageOpening<Found>): void {
  const identity = new Identity();
  const known = identity.refresh();
  let isOpen = false;
  const open = async (attempt: number) => {
    try {
      const found = await load();
      if (isOpen) return;
      isOpen = true;
      show(found, identity, known);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isOpen) return;
      showClosed(error, absent);
      if (mayPass(error)) setTimeout(() => void open(attempt + 1), Math.min(10_000, 1_000 * 2 ** attempt));
    }
  };
  showAccountCorner(identity);
  void open(0);
  void known.then(() => {
    identity.onChange(() => {
      if (!isOpen) void open(0);
    });
  });
}

function showClosed(error: ApiError, absent: PageOpening<unknown>["absent"]): void {
  const isAway = mayPass(error);
  document.body.dataset.streamState = isAway ? "unreachable" : "absent";
  const headline = isAway ? "The server cannot be reached" : absent.headline;
  drawTitle(headline, null, null);
  drawStage({
    kind: "card",
    scene: "closed",
    headline,
    detail: isAway
      ? `${describeProblem(error.problem)} Trying again by itself.`
      : error.problem.status === 403
        ? describeProblem(error.problem)
        : absent.detail,
    busy: isAway,
  });
}
