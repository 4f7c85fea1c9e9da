import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../../edge/protocol/log.ts";
import { EdgeClient } from "../edge-client/edge-client.ts";
import { StatusReporter } from "../edge-client/status-reporter.ts";
import { report, source } from "./broadcast-report.test-support.ts";
import { StreamAccount } from "./stream-account.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"] }));
afterEach(() => void vi.useRealTimers());

it("tells figures every five seconds, however the clock is put", () => {
  const edge = new EdgeClient({ baseUrl: "http://127.0.0.1:1", internalApiKey: "", nodeId: "node_a" });
  const reporter = new StatusReporter(
    edge,
    createLog("test", () => {}),
  );
  const account = new StreamAccount(
    "brd_a",
    { latencyMode: "standard" },
    { reporter, rewindLimit: { seconds: 120 } },
  );
  const hears = (bitrateKbps: number) => account.hear({ ...report, source: { ...source, bitrateKbps } });
  expect(hears(900)).toBe(true);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(hears(901), "at once, an hour ahead").toBe(false);
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(5000);
  expect(hears(902), "after 5 s, an hour back").toBe(true);
});
