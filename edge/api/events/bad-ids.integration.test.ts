import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemBody } from "../../protocol/problem.ts";
import { newToken } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";

let api: TestApi;
let token: string;
let eventId: string;
beforeAll(async () => {
  api = await createTestApi();
  token = await newToken(api, "admin");
  eventId = await makeEvent(api.deps.db);
});
afterAll(() => api.drop());

const badIds = [
  "..%2f..%2fetc%2fpasswd",
  "evt_%00",
  "evt_%ed%a0%80",
  "evt_%e2%80%ae",
  "%3Cscript%3E",
  `evt_'%3b%20drop%20table%20events`,
  `evt_${"x".repeat(10_240)}`,
  `usr_${"x".repeat(60)}`,
];

test.each([
  ["GET", "/api/events/ID"],
  ["PUT", "/api/events/ID", {}],
  ["DELETE", "/api/events/ID"],
  ["PUT", "/api/events/ID/logo", {}],
  ["GET", "/api/events/ID/calendar.ics"],
  ["POST", "/api/events/ID/sessions", { title: "x" }],
  ["POST", "/api/events/ID/join"],
  ["DELETE", "/api/events/ID/join"],
  ["GET", "/api/events/ID/attendees"],
  ["GET", "/api/events/ID/waitlist"],
  ["GET", "/api/events/ID/members"],
  ["GET", "/api/events/ID/bans"],
  ["GET", "/api/events/ID/announcements"],
  ["POST", "/api/events/ID/announcements", { text: "x" }],
  ["PUT", "/api/events/EVENT/members/ID", { role: "speaker" }],
  ["DELETE", "/api/events/EVENT/members/ID"],
  ["POST", "/api/events/EVENT/bans/ID"],
  ["DELETE", "/api/events/EVENT/bans/ID"],
  ["GET", "/api/sessions/ID"],
  ["PUT", "/api/sessions/ID", {}],
  ["DELETE", "/api/sessions/ID"],
  ["GET", "/api/streams/ID"],
  ["PUT", "/api/streams/ID", {}],
  ["DELETE", "/api/streams/ID"],
] as const)("%s %s finds nothing under an id that is none of ours", async (method, template, body?) => {
  for (const id of badIds) {
    const path = template.replace("EVENT", eventId).replace("ID", id);
    const answer = await api.publicApp.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    // A role or ban that nobody has is gone already, under an id of the right form.
    const removed = method === "DELETE" && template.includes("EVENT") && id === badIds.at(-1);
    if (removed) {
      expect(answer.status, `${path.slice(0, 80)}: ${text}`).toBe(204);
      continue;
    }
    expect(answer.status, `${path.slice(0, 80)}: ${text}`).toBe(404);
    expect((JSON.parse(text) as ProblemBody).type).toBe("/problems/not-found");
  }
});
