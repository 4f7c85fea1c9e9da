/** What the walk sends where the documentation's example does not fit the world: addresses, links, images, files. */

import { signBeatToken } from "../../auth/beat-token.ts";
import { passwordTokens } from "../../db/schema/accounts-tables.ts";
import { eventLogos } from "../../db/schema/events-tables.ts";
import { requestExamples } from "../docs/request-examples.ts";
import { png } from "../events/test-logos.ts";
import { hashPasswordToken } from "../mail/password-tokens.ts";
import { freshEmail, type TestApi } from "../test-application.ts";
import type { OperationId } from "./operations.ts";
import type { WalkSubject } from "./test-walk-events.ts";
import type { World } from "./test-walk-world.ts";

export const walkPassword = "correct horse battery";

export interface WalkRequest {
  body?: string | Uint8Array<ArrayBuffer>;
  contentType?: string;
  /** Parameters of the path beyond the subject's. */
  parameters?: Record<string, string>;
  /** The answer that shows that the caller was let in, where it is no success. */
  admittedStatus?: number;
}

interface Scene {
  api: TestApi;
  world: World;
  subject: WalkSubject;
}

const json = (body: object): WalkRequest => ({ body: JSON.stringify(body), contentType: "application/json" });

// Looked for by its hash alone, so one picture serves the whole walk.
const logoHash = "ab".repeat(32);

const special: Partial<Record<OperationId, (scene: Scene) => Promise<WalkRequest> | WalkRequest>> = {
  registerUser: () => json({ ...requestExamples.registerUser, email: freshEmail() }),
  logIn: ({ world }) => json({ email: world.email, password: walkPassword }),
  changePassword: () => json({ current: walkPassword, next: "another password" }),
  resetPassword: async ({ api, world }) => {
    const token = `walk-${world.userId}-${Math.random()}`;
    await api.deps.db.insert(passwordTokens).values({
      tokenHash: await hashPasswordToken(token),
      userId: world.other.userId,
      kind: "reset",
      expiresAt: new Date(Date.now() + 60_000),
    });
    return json({ token, next: "another password" });
  },
  beatPlayback: async ({ api, world }) => {
    const claims = { streamId: world.rows.streams[0] ?? "", viewerId: world.userId, generation: 0 };
    const endsAt = new Date(Date.now() + 60_000);
    const token = await signBeatToken(api.deps.environment.jwtSecret, claims, endsAt);
    return json({ ...requestExamples.beatPlayback, token });
  },
  exportEvent: () => ({ parameters: { file: "attendees.csv" } }),
  // Without a code: what the event's door says is tested beside it.
  joinEvent: () => json({}),
  // No media node beats its heart here.
  getHealth: () => ({ admittedStatus: 503 }),
  getEventLogo: async ({ api, world }) => {
    const eventId = world.rows.events[0] ?? "";
    const logo = { eventId, contentType: "image/png", bytes: png, hash: logoHash } as const;
    await api.deps.db.insert(eventLogos).values(logo).onConflictDoNothing();
    return { parameters: { id: eventId, hash: logoHash } };
  },
  // No room answers here.
  listSessionViewers: () => ({ admittedStatus: 503 }),
  createPoll: ({ subject }) => json({ ...requestExamples.createPoll, sessionId: subject.id }),
  // A draft is seen by the team and open to nobody.
  votePoll: ({ world, subject }) => ({
    ...json({ optionIds: [world.optionOf(subject.id)] }),
    ...(subject.name === "draft" ? { admittedStatus: 409 } : {}),
  }),
  updatePoll: ({ subject }) => json({ status: subject.name === "draft" ? "open" : "closed" }),
  // The team sees one that waits, and nobody votes for it yet.
  upvoteQuestion: ({ subject }) => (subject.name === "pending" ? { admittedStatus: 409 } : {}),
  removeUpvote: ({ subject }) => (subject.name === "pending" ? { admittedStatus: 409 } : {}),
  questionFromMessage: ({ world, subject }) => json({ messageId: world.messageIn(subject.id) }),
  // One that nobody sees yet cannot be pinned.
  pinChatMessage: ({ subject }) => ({
    ...json({ pinned: true }),
    ...(subject.name === "held" ? { admittedStatus: 409 } : {}),
  }),
  muteUser: ({ world }) => json({ userId: world.other.userId, seconds: 60 }),
  clearChat: () => json({}),
  uploadEventLogo: () => ({ body: png, contentType: "image/png" }),
  importUsers: () => ({ body: `email,name\n${freshEmail()},Grace\n`, contentType: "text/csv" }),
};

/** The request of an operation in a world. */
export async function walkRequest(id: OperationId, scene: Scene): Promise<WalkRequest> {
  const { world, subject } = scene;
  const parameters = { userId: world.other.userId, relayId: world.relayOf(subject.id) };
  const example = requestExamples[id];
  const request = special[id] ? await special[id](scene) : example ? json(example) : {};
  return { parameters, ...request };
}
