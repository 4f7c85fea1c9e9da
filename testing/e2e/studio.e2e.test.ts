import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Event as EventFacts, Session } from "../../edge/protocol/events.ts";
import { expectAccessible } from "../support/accessibility.ts";
import { launchBrowser } from "../support/browser.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { adminEmail, adminPassword, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime } from "../support/watch-page.ts";

/** A broadcast in a private event as its organiser runs it, by the pages alone, and what stays of it. */
describe("the studio", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let admin: BrowserContext;
  let page: Page;
  let event: EventFacts;
  let session: Session;
  let publisher: Publisher;
  let streamId: string;
  let streamKey: string;
  let recordingId: string;

  beforeAll(async () => {
    const file = testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
    rostrum = await startRostrum({ environment: { RELAY_ALLOW_PRIVATE: "true" } });
    browser = await launchBrowser();
    admin = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await admin.newPage();
    event = await rostrum.admin.createEvent({ title: "Members' day", visibility: "private" });
    session = await rostrum.admin.createSession(event.id, { title: "Opening" });
    await file;
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await rostrum?.remove();
  });

  const get = (testId: string) => page.getByTestId(testId);
  const say = (text: string) => rostrum.admin.call("POST", `/api/chat/session/${session.id}`, { text });

  it("asks who comes to sign in, and lets an admin make a stream whose key is shown once", async () => {
    await page.goto(`${rostrum.url}/studio`);
    await get("account-email").fill(adminEmail);
    await get("account-password").fill(adminPassword);
    await get("account-submit").click();
    await get("new-stream").click();
    await get("new-title").fill("Main hall");
    await page.getByLabel("Record what is broadcast").check();
    await get("new-submit").click();
    streamKey = (await get("stream-key").textContent()) ?? "";
    expect(streamKey).toMatch(/^sk_/);
    await page.getByLabel("Close").click();
    await page.waitForURL(/\/studio\/str_/);
    streamId = page.url().split("/").at(-1)!;
    await get("stream-title").filter({ hasText: "Main hall" }).waitFor();
    expect(await page.content()).not.toContain(streamKey);
    await rostrum.admin.call("PUT", `/api/streams/${streamId}`, { sessionId: session.id });
  });

  it("shows the picture and what is measured of it, and what the encoder should mend", async () => {
    const server = (await get("ingest-url").textContent()) ?? "";
    const file = await testMedia({ ...small, width: 320, height: 180, keyframeInterval: 1 });
    publisher = await untilLetIn(rostrum.output, () =>
      publish(file, `${server.replace("localhost", "127.0.0.1")}/${streamKey}`),
    );
    await waitFor("the desk's picture moves", async () => (await currentTime(page)) > 1, {
      timeoutSeconds: 60,
    });
    await get("charts").locator(".chart-line").first().waitFor({ state: "attached" });
    await page.locator(".health-fact").filter({ hasText: "320 × 180" }).waitFor();
    await expectAccessible(page);
  });

  it("adds a relay, says what is wrong with it, and asks for the key again for another host", async () => {
    await get("add-relay").click();
    await get("relay-destination").selectOption({ label: "Another address" });
    await get("relay-name").fill("Elsewhere");
    await get("relay-url").fill("rtmp://127.0.0.1:1/app");
    await get("relay-key").fill("a-secret-key");
    await get("relay-submit").click();
    await get("relay-detail")
      .filter({ hasText: /refused/ })
      .waitFor();
    await page.getByRole("button", { name: "Change" }).click();
    await get("relay-url").fill("rtmp://another.example/app");
    await get("relay-submit").click();
    await get("relay-problem")
      .filter({ hasText: /key.*again/ })
      .waitFor();
    await page.getByLabel("Close").click();
    expect(await page.content()).not.toContain("a-secret-key");
    await page.getByRole("button", { name: "Delete", exact: true }).first().click();
    await get("confirm").click();
    await get("relay").waitFor({ state: "detached" });
  });

  it("keeps a recording, which is listed once the stream has ended", async () => {
    await say("Said early");
    await rostrum.admin.call("POST", "/api/polls", {
      sessionId: session.id,
      question: "Where are you watching from?",
      options: ["Office", "Home"],
    });
    await say("Said late");
    const saidAt = Date.now();
    await waitFor(
      "pictures made after the last word",
      async () => {
        const latency = await page.evaluate(() => window.rostrumPlayer.latencySeconds);
        return latency !== null && Date.now() - latency * 1000 > saidAt + 1_500;
      },
      { timeoutSeconds: 60 },
    );
    await get("warnings").filter({ hasText: "15 frames a second" }).waitFor();
    await get("end-stream").click();
    await get("confirm").click();
    await get("stream-status").filter({ hasText: "Ended" }).waitFor();
    await page.getByRole("link", { name: "Download" }).waitFor({ timeout: 60_000 });
    const file = await page.getByRole("link", { name: "Download" }).getAttribute("href");
    const answer = await fetch(file!, { headers: { range: "bytes=4-7" } });
    expect(answer.status).toBe(206);
    expect(await answer.text()).toBe("ftyp");
    expect(answer.headers.get("content-disposition")).toBe("attachment");
    await get("recording-play").click();
    await page.waitForURL(/\/replay\/rec_/);
    recordingId = page.url().split("/").at(-1)!;
  });

  it("plays the recording with what had been said by each moment, forth and back", async () => {
    await waitFor("the recording plays", async () => (await currentTime(page)) > 0.5, { timeoutSeconds: 60 });
    const lines = () => page.getByTestId("chat-text").allTextContents();
    const duration = await page.evaluate(() => document.querySelector("video")!.duration);
    expect(duration).toBeGreaterThan(6);
    await seek(duration - 0.5);
    await waitFor("both lines stand there", async () => (await lines()).join() === "Said early,Said late");
    await seek(0);
    await waitFor("none stands there at the beginning", async () => (await lines()).length === 0);
    await get("tab-moments").click();
    await get("moment").filter({ hasText: "Where are you watching from?" }).click();
    const asked = await currentTime(page);
    expect(asked).toBeGreaterThan(1);
    await get("tab-chat").click();
    await waitFor("the early line stands there", async () => (await lines())[0] === "Said early");
    await expectAccessible(page);
  });

  it("shows pictures along the seek bar", async () => {
    await get("seek").hover({ force: true });
    await waitFor("a picture over the bar", async () => {
      await get("seek").hover({ force: true });
      return page.getByTestId("seek-picture").isVisible();
    });
  });

  it("leads from the watch page to the recording, and shows a stranger neither", async () => {
    await page.goto(`${rostrum.url}/watch/${streamId}`);
    await get("to-recording").waitFor();
    await get("to-studio").waitFor();
    const stranger = await browser.newPage();
    await stranger.goto(`${rostrum.url}/replay/${recordingId}`);
    await stranger.getByText("There is no recording here").first().waitFor();
    await stranger.goto(`${rostrum.url}/studio/${streamId}`);
    await stranger.getByTestId("account-form").waitFor();
    expect(await stranger.getByTestId("stream-title").isVisible()).toBe(false);
    await stranger.close();
  });

  it("deletes a recording after asking", async () => {
    await page.goto(`${rostrum.url}/studio/${streamId}`);
    await get("recording-delete").click();
    await get("confirm").click();
    await get("recording").waitFor({ state: "detached" });
    expect((await rostrum.admin.request("GET", `/api/recordings/${recordingId}`)).status).toBe(404);
  });

  /** As a person does who puts the knob somewhere. */
  async function seek(seconds: number): Promise<void> {
    await get("seek").evaluate((input, value) => {
      (input as HTMLInputElement).value = String(value);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, seconds);
  }
});
