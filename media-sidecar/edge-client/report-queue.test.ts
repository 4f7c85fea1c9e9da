import { describe, expect, it } from "vitest";
import { ReportQueue } from "./report-queue.ts";

const at = (milliseconds: number) => new ReportQueue(() => milliseconds);

describe("the queue of reports", () => {
  it("keeps one report a stream, with the latest of each part", () => {
    const queue = at(5);
    queue.add("str_a", { status: "starting", broadcastId: "brd_1" });
    queue.add("str_b", { status: "live", broadcastId: "brd_2" });
    queue.add("str_a", { status: "live", broadcastId: "brd_1", lastError: "slow" });
    expect(queue.next(10)).toEqual([
      { streamId: "str_b", revision: 5001, status: "live", broadcastId: "brd_2" },
      { streamId: "str_a", revision: 5002, status: "live", broadcastId: "brd_1", lastError: "slow" },
    ]);
  });

  it("grows its revisions though the clock stands still or goes back", () => {
    let now = 9;
    const queue = new ReportQueue(() => now);
    queue.add("str_a", { lastError: "one" });
    now = 3;
    queue.add("str_b", { lastError: "two" });
    expect(queue.next(10).map(({ revision }) => revision)).toEqual([9000, 9001]);
  });

  it("does not forget news that came while the former was on its way", () => {
    const queue = at(1);
    queue.add("str_a", { status: "live", broadcastId: "brd_1" });
    const sent = queue.next(10);
    queue.add("str_a", { status: "ended", broadcastId: "brd_1" });
    queue.delivered(sent);
    expect(queue.next(10)).toMatchObject([{ status: "ended" }]);
    queue.delivered(queue.next(10));
    expect(queue.isWaiting("str_a")).toBe(false);
  });

  it("lets nothing of one broadcast stand in the report of the next", () => {
    const queue = at(1);
    queue.add("str_a", { status: "ended", broadcastId: "brd_1", warnings: [{ code: "old", detail: "old" }] });
    queue.add("str_a", { status: "starting", broadcastId: "brd_2" });
    expect(queue.next(1)[0]).not.toHaveProperty("warnings");
  });

  it("adds an error alone to what waits", () => {
    const queue = at(1);
    queue.add("str_a", { status: "live", broadcastId: "brd_1" });
    queue.add("str_a", { lastError: "a second publisher was refused" });
    expect(queue.next(1)).toMatchObject([{ status: "live", lastError: "a second publisher was refused" }]);
  });
});
