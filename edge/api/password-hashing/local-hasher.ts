import { Problem } from "../../protocol/problem.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import { scryptHash, scryptVerify } from "./scrypt.ts";

/** Hashes in this process: for Node, where scrypt runs beside the event loop, and for small deployments. */
export function createLocalHasher(queueLimit: number): PasswordHasher {
  const queue = new BoundedQueue(queueLimit);
  const run = <T>(job: () => Promise<T>): Promise<T> => {
    const outcome = queue.run(job);
    if (!outcome) throw queueIsFull();
    return outcome;
  };
  return {
    hash: async (password) => run(() => scryptHash(password)),
    verify: async (password, stored) => run(() => scryptVerify(password, stored)),
  };
}

export function queueIsFull(): Problem {
  return new Problem("too-many-requests", {
    detail: "Many people are signing in at this moment.",
    retryAfterSeconds: 2,
  });
}
