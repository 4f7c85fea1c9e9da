import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event } from "../../protocol/events.ts";
import { newToken } from "../streams/test-client.ts";
import { makeEvent } from "../streams/test-scene.ts";
import { createTestApi, type TestApi } from "../test-application.ts";
import { startApiWorker, type TestWorker } from "../test-workerd.ts";
import { png } from "./test-logos.ts";

let api: TestApi;
let worker: TestWorker;
let admin: string;
beforeAll(async () => {
  api = await createTestApi();
  admin = await newToken(api, "admin");
  const { databaseUrl, jwtSecret } = api.deps.environment;
  worker = await startApiWorker(databaseUrl, { JWT_SECRET: jwtSecret });
});
afterAll(async () => {
  await worker?.stop();
  await api?.drop();
});

test("logos, calendars and access codes work under workerd as they do in Node", async () => {
  const eventId = await makeEvent(api.deps.db, { startsAt: new Date("2031-05-02T08:00:00Z") });
  const path = `${worker.url}/api/events/${eventId}`;
  const as = (contentType: string) => ({ authorization: `Bearer ${admin}`, "content-type": contentType });

  const uploaded = await fetch(`${path}/logo`, { method: "PUT", headers: as("image/png"), body: png });
  const text = await uploaded.text();
  expect(uploaded.status, text).toBe(200);
  const served = await fetch(worker.url + (JSON.parse(text) as Event).branding.logoUrl);
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(png);
  expect(served.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");

  const calendar = await fetch(`${path}/calendar.ics`);
  expect(await calendar.text()).toContain(`UID:${eventId}@rostrum`);

  const coded = await fetch(path, {
    method: "PUT",
    headers: as("application/json"),
    body: JSON.stringify({ accessCode: "sesame" }),
  });
  expect(coded.status, await coded.text()).toBe(200);
  const token = await newToken(api);
  const join = async (accessCode: string) => {
    const answer = await fetch(`${path}/join`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ accessCode }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await join("wrong")).toBe(403);
  expect(await join("sesame")).toBe(201);
});
