import { describe, expect, it } from "vitest";
import { chooseLogFormat, formatOutput } from "./output.ts";
import type { ChildOutput } from "./supervised-child.ts";

const now = new Date("2026-03-01T10:20:30Z");
const line = (fields: object) =>
  JSON.stringify({ at: now.toISOString(), level: "info", service: "api", ...fields });
const said = (text: string, source: ChildOutput["source"] = "stdout"): ChildOutput => ({
  process: "api",
  source,
  text,
});
const asText = (output: ChildOutput) => formatOutput(output, "text", { color: false, now })?.slice(9) ?? null;
const asJson = (output: ChildOutput) => formatOutput(output, "json", { color: false, now });

it("writes text to a terminal and JSON elsewhere, unless told", () => {
  expect(chooseLogFormat(undefined, true)).toBe("text");
  expect(chooseLogFormat(undefined, false)).toBe("json");
  expect(chooseLogFormat("json", true)).toBe("json");
});

describe("at a terminal", () => {
  it("makes a server's JSON line short", () => {
    expect(asText(said(line({ event: "stream-live", streamId: "str_1", rungs: 4 })))).toBe(
      "api          stream-live streamId=str_1 rungs=4",
    );
  });

  it("leaves out debug lines and the programs' own routine requests", () => {
    expect(asText(said(line({ level: "debug", event: "detail" })))).toBeNull();
    const request = { event: "request", path: "/internal/media/heartbeat", status: 200 };
    expect(asText(said(line(request)))).toBeNull();
    expect(asText(said(line({ ...request, status: 500 })))).toContain("status=500");
  });

  it("shows other programs' lines as they are, without secrets", () => {
    expect(asText(said("publish sk_abcdefghijklmnop"))).toBe("api          publish sk_[redacted]");
    expect(asText(said("{not json"))).toBe("api          {not json");
  });
});

describe("as JSON", () => {
  it("passes a server's line through and wraps any other", () => {
    const own = line({ event: "ready" });
    expect(asJson(said(own))).toBe(own);
    expect(JSON.parse(asJson(said("plain")) ?? "")).toEqual({
      at: now.toISOString(),
      level: "info",
      service: "api",
      event: "output",
      message: "plain",
    });
    expect(JSON.parse(asJson(said("was ended by SIGKILL", "supervisor")) ?? "")).toMatchObject({
      level: "warn",
      service: "supervisor",
      process: "api",
    });
  });
});

it("writes debug lines as JSON on request alone", () => {
  const detail = said(line({ level: "debug", event: "detail" }));
  expect(asJson(detail)).toBeNull();
  expect(formatOutput(detail, "json", { color: false, now, debug: true })).toBe(detail.text);
});
