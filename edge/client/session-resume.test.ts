import { describe, expect, test } from "vitest";
import { SessionResume } from "./session-resume.ts";

const event = (seq: number) => ({ seq });
function joinedAt(seq: number): SessionResume<{ seq: number }> {
  const resume = new SessionResume<{ seq: number }>();
  resume.joined({ seq, hasSnapshot: true });
  return resume;
}

describe("resuming a session's log", () => {
  test("the first join asks for everything, the next one for what came after", () => {
    const resume = new SessionResume<{ seq: number }>();
    expect(resume.after).toBeUndefined();
    resume.joined({ seq: 7, hasSnapshot: true });
    resume.accept(event(8));
    resume.disconnected();
    expect(resume.after).toBe(8);
  });

  test("an event told twice is handled once", () => {
    const resume = joinedAt(3);
    expect(resume.accept(event(4))).toBe(true);
    expect(resume.accept(event(4))).toBe(false);
  });

  test("what a snapshot holds is not handled again", () => {
    expect(joinedAt(10).accept(event(10))).toBe(false);
  });

  test("numbers may be skipped, and a marker moves the resume point", () => {
    const resume = joinedAt(3);
    expect(resume.accept(event(9))).toBe(true);
    resume.passed(12);
    resume.passed(11);
    expect(resume.after).toBe(12);
  });

  test("an event that overtook the missed ones does not hide them", () => {
    const resume = joinedAt(3);
    resume.disconnected();
    resume.joined({ seq: 6, hasSnapshot: false });
    expect([6, 4, 5, 4].map((seq) => resume.accept(event(seq)))).toEqual([true, true, true, false]);
  });

  test("events before the join's answer wait for it", () => {
    const resume = joinedAt(3);
    resume.disconnected();
    expect(resume.accept(event(5))).toBe(false);
    expect(resume.joined({ seq: 5, hasSnapshot: false }).early).toEqual([event(5)]);
  });

  test("events before a snapshot that holds them are dropped", () => {
    const resume = new SessionResume<{ seq: number }>();
    resume.accept(event(5));
    resume.accept(event(6));
    expect(resume.joined({ seq: 5, hasSnapshot: true })).toEqual({ outcome: "fresh", early: [event(6)] });
  });

  test("a socket lost right behind the join's answer asks for the missed events again", () => {
    const resume = joinedAt(3);
    resume.disconnected();
    resume.joined({ seq: 9, hasSnapshot: false });
    resume.disconnected();
    expect(resume.after).toBe(3);
  });

  test("a log shorter than what was told is joined from its start", () => {
    const resume = joinedAt(50);
    resume.disconnected();
    expect(resume.joined({ seq: 12, hasSnapshot: false }).outcome).toBe("stale");
    expect(resume.after).toBeUndefined();
  });

  test("a repeat is recognised after many thousand events", () => {
    const resume = joinedAt(0);
    for (let seq = 1; seq <= 10_000; seq++) resume.accept(event(seq));
    expect([9_999, 8_500, 17].map((seq) => resume.accept(event(seq)))).toEqual([false, false, false]);
    expect(resume.accept(event(10_001))).toBe(true);
  });
});
