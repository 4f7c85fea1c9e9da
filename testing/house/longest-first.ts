import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { repositoryRoot } from "./source-files.ts";

/**
 * The order in which files begin that take more than a quarter of a minute; all others follow, so that no long one is
 * left alone at the end. What plays in a browser or encodes comes first, beside the kills, which mostly wait; what
 * keeps the processors busy by itself and does not care how long it takes comes last.
 */
export const longFiles = [
  "testing/kills/kills.e2e.test.ts",
  "testing/e2e/analytics.e2e.test.ts",
  "testing/e2e/continuity.e2e.test.ts",
  "testing/e2e/players.e2e.test.ts",
  "testing/e2e/recovery.e2e.test.ts",
  "testing/e2e/recordings.e2e.test.ts",
  "testing/hls/live-playlists.integration.test.ts",
  "testing/e2e/beats.e2e.test.ts",
  "testing/e2e/playlists.e2e.test.ts",
  "media-sidecar/admission/admission.integration.test.ts",
  "media-sidecar/http/private-playback.integration.test.ts",
  "media-sidecar/recordings/recordings.integration.test.ts",
  "media-sidecar/health/stream-health.integration.test.ts",
  "media-sidecar/publish-gate/edge-away.integration.test.ts",
  "testing/e2e/studio.e2e.test.ts",
  "testing/e2e/report.e2e.test.ts",
  "testing/e2e/first-light.e2e.test.ts",
  "media-sidecar/streams/windows.integration.test.ts",
  "media-sidecar/streams/killed-processes.integration.test.ts",
  "media-sidecar/broadcast/broadcast.integration.test.ts",
  "media-sidecar/relays/relays.integration.test.ts",
  "testing/e2e/launcher.e2e.test.ts",
  "media-sidecar/streams/live-stream.integration.test.ts",
  "media-sidecar/broadcast/picture-inputs.integration.test.ts",
  "media-sidecar/broadcast/sound-inputs.integration.test.ts",
  "media-sidecar/broadcast/unusual-sources.integration.test.ts",
  "testing/e2e/engagement.e2e.test.ts",
  "media-sidecar/relays/relay.integration.test.ts",
  "media-sidecar/streams/half-open.integration.test.ts",
  "testing/mutation/mutation.integration.test.ts",
  "edge/api/authorisation/role-walk.integration.test.ts",
  "edge/rooms/gateway/leaks.integration.test.ts",
  "edge/rooms/gateway/slow-client.integration.test.ts",
  "edge/rooms/session/live-counts.integration.test.ts",
  "edge/rooms/session/totals.integration.test.ts",
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
