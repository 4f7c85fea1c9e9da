import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { repositoryRoot } from "./source-files.ts";

/**
 * Files that take more than a quarter of a minute, in the order in which they begin; all others follow, so that no
 * long one is left alone at the end. Those that play in a browser stand beside some that mostly wait.
 */
export const longFiles = [
  "testing/kills/kills.e2e.test.ts",
  "testing/e2e/players.e2e.test.ts",
  "media-sidecar/http/private-playback.integration.test.ts",
  "testing/e2e/continuity.e2e.test.ts",
  "media-sidecar/streams/live-stream.integration.test.ts",
  "media-sidecar/streams/killed-processes.integration.test.ts",
  "testing/e2e/recovery.e2e.test.ts",
  "testing/hls/live-playlists.integration.test.ts",
  "media-sidecar/streams/windows.integration.test.ts",
  "testing/e2e/playlists.e2e.test.ts",
  "media-sidecar/publish-gate/edge-away.integration.test.ts",
  "testing/e2e/first-light.e2e.test.ts",
  "media-sidecar/relays/relays.integration.test.ts",
  "media-sidecar/recordings/recordings.integration.test.ts",
  "testing/e2e/launcher.e2e.test.ts",
  "testing/mutation/mutation.integration.test.ts",
  "edge/api/authorisation/role-walk.integration.test.ts",
  "edge/rooms/gateway/leaks.integration.test.ts",
  "testing/e2e/engagement.e2e.test.ts",
  "media-sidecar/streams/half-open.integration.test.ts",
  "edge/rooms/session/totals.integration.test.ts",
  "edge/rooms/gateway/slow-client.integration.test.ts",
  "edge/rooms/event/event.integration.test.ts",
  "edge/rooms/session/pulse.integration.test.ts",
];

/** As vitest would order them, the long ones first. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => order(a) - order(b) || place(a) - place(b));
  }
}

function place({ moduleId }: TestSpecification): number {
  const index = longFiles.indexOf(relative(repositoryRoot, moduleId));
  return index === -1 ? longFiles.length : index;
}
