import { defineConfig } from "vitest/config";

const never = ["**/node_modules/**", "**/.build/**", "**/.data/**"];

const kills = "testing/kills/*.e2e.test.ts";

/**
 * Three kinds of test, told apart by file name and run one kind after the other:
 * unit (`*.test.ts`, pure, milliseconds), integration (`*.integration.test.ts`, real PostgreSQL, Redis, workerd,
 * nginx, FFmpeg), end-to-end (`*.e2e.test.ts`, the whole system as `npm start` starts it, and Chromium).
 */
export default defineConfig({
  test: {
    reporters: ["default", "./testing/house/closing-line-reporter.ts"],
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...never, "**/*.integration.test.ts", "**/*.e2e.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["**/*.integration.test.ts"],
          exclude: never,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Many of them wait for a window of seconds to pass, with the processors idle.
          maxWorkers: 3,
          globalSetup: ["./edge/db/test-server.ts"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["**/*.e2e.test.ts"],
          exclude: [...never, kills],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Beside the others: what dies in it is brought back after ten seconds, in which it does nothing.
        test: {
          name: "kills",
          include: [kills],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
