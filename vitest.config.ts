import { defineConfig } from "vitest/config";
import LongestFirst from "./testing/house/longest-first.ts";

const setupFiles = ["./testing/support/drop-idle-connections.ts"];
const never = ["**/node_modules/**", "**/.build/**", "**/.data/**"];

/**
 * Three kinds of test, told apart by file name: unit (`*.test.ts`, pure, milliseconds), and after those, side by side,
 * integration (`*.integration.test.ts`, real PostgreSQL, Redis, workerd, nginx, FFmpeg) and end-to-end
 * (`*.e2e.test.ts`, the whole system as `npm start` starts it, and Chromium). Most of both wait for a window of
 * seconds to pass, with the processors idle: three at once keep two processors half busy.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./testing/house/closing-line-reporter.ts"],
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          // Pure, so that one process may read them one after the other: a tenth of the time.
          isolate: false,
          include: ["**/*.test.ts"],
          exclude: [...never, "**/*.integration.test.ts", "**/*.e2e.test.ts"],
          // Properties and ten thousand steps of a clock take a second; on a busy machine ten.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["**/*.integration.test.ts"],
          exclude: never,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          setupFiles,
          // What is polled for is a process that starts or ends, beside two other files that use the processors.
          expect: { poll: { timeout: 15_000 } },
          globalSetup: ["./edge/db/test-server.ts"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["**/*.e2e.test.ts"],
          exclude: never,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          setupFiles,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
