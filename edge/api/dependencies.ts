import type { Database } from "../db/open-database.ts";
import type { Log } from "../protocol/log.ts";
import type { Environment } from "./environment.ts";
import type { MailPort } from "./mail/mail.ts";
import type { ApiMetrics } from "./metrics/api-metrics.ts";
import type { PasswordHasher } from "./password-hashing/password-hasher.ts";
import type { BeatIntake } from "./playback/beat-intake.ts";
import type { RedisClient } from "./redis.ts";
import type { RoomsClient } from "./rooms-client/rooms-client.ts";

/** What the applications are made from. Handed in, so that tests run the same routes in Node. */
export interface ApiDependencies {
  environment: Environment;
  db: Database;
  /** Commits of session logs have a pool of their own: a queue of other work must never hold up a room. */
  commitDb: Database;
  redis: RedisClient;
  passwordHasher: PasswordHasher;
  rooms: RoomsClient;
  mail: MailPort;
  log: Log;
  metrics: ApiMetrics;
  beats: BeatIntake;
  clock: () => Date;
  /** Lets work go on after the answer. */
  waitUntil: (work: Promise<unknown>) => void;
}
