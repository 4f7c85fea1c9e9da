import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Moderation } from "../../edge/protocol/chat.ts";
import { expectAccessible } from "../support/accessibility.ts";
import { launchBrowser } from "../support/browser.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { SessionPage } from "../support/session-page.ts";
import { waitFor } from "../support/wait-for.ts";
import { openWatchPage, signUp } from "../support/watch-page.ts";

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

/** Grace moderates at a desk, Ada takes part on a phone, Bob reads along; each in a browser of their own. */
describe("a moderator and an attendee side by side", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let streamId: string;
  let sessionId: string;
  let eventId: string;
  let grace: SessionPage;
  let ada: SessionPage;
  let bob: SessionPage;
  let shots = 0;

  beforeAll(async () => {
    rostrum = await startRostrum();
    browser = await launchBrowser();
    const stage = await rostrum.admin.createStage();
    streamId = stage.stream.id;
    sessionId = stage.session.id;
    eventId = stage.event.id;
    const { signedIn, password } = await rostrum.anonymous.register("Grace");
    await rostrum.admin.call("PATCH", `/api/users/${signedIn.user.id}/role`, { role: "moderator" });
    [grace, ada, bob] = [await visit(desktop), await visit(phone), await visit(desktop)];
    await grace.signIn(signedIn.user.email, password);
    await signUp(ada.page, "Ada");
  });
  afterAll(async () => {
    await browser?.close();
    await rostrum?.remove();
  });

  async function visit(viewport: { width: number; height: number }): Promise<SessionPage> {
    const context = await browser.newContext({ viewport });
    return new SessionPage(await openWatchPage(context, rostrum.url, streamId, viewport));
  }

  /** Until what Grace has set is saved: what the page says of it may be of the setting before. */
  function saved(is: (moderation: Moderation) => boolean): Promise<true> {
    return waitFor("it is saved", async () =>
      is(await rostrum.admin.call<Moderation>("GET", `/api/sessions/${sessionId}/moderation`)),
    );
  }

  /** For people to look at, where ENGAGEMENT_SHOTS names a folder. */
  async function shoot(name: string): Promise<void> {
    const folder = process.env.ENGAGEMENT_SHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    const number = String(++shots).padStart(2, "0");
    for (const [who, { page }] of Object.entries({ grace, ada, bob })) {
      await page.screenshot({ path: join(folder, `${number}-${name}-${who}.png`) });
    }
  }

  it("shows what one writes to the other, and a reply with what it answers", async () => {
    await ada.write("Good morning from Ada");
    await grace.reads("Good morning from Ada");
    await bob.reads("Good morning from Ada");
    await grace.line("Good morning from Ada").hover();
    await grace.get("message-reply").click();
    await grace.write("Welcome, Ada");
    await ada.reads("Welcome, Ada");
    await ada.sees("chat-quote", "Good morning from Ada");
    await shoot("chat");
  });

  it("pins a message for everyone, who comes late among them", async () => {
    await grace.choose("Good morning from Ada", "menu-pin");
    await ada.sees("pinned-message", "Good morning from Ada");
    const late = await visit(desktop);
    await late.sees("pinned-message", "Good morning from Ada");
    await late.page.context().close();
    await shoot("pin");
  });

  it("says who is typing, and falls silent again", async () => {
    // Someone who types presses key after key; one word of it may be lost.
    await waitFor("Grace sees it", async () => {
      await ada.get("chat-input").press("x");
      return (await grace.get("chat-typing").textContent())?.includes("Ada is typing");
    });
    await shoot("typing");
    await waitFor("silence", async () => (await grace.get("chat-typing").textContent()) === "");
    await ada.get("chat-input").fill("");
  });

  it("carries a question and its upvote over", async () => {
    await ada.open("questions");
    await ada.get("question-input").fill("When is the next one?");
    await ada.get("question-ask").click();
    await grace.sees("badge-questions", "1");
    await grace.open("questions");
    await grace.sees("question-text", "When is the next one?");
    await grace.get("question-upvote").click();
    await ada.sees("question-upvotes", "1");
    await shoot("question");
  });

  it("counts votes where everyone sees it", async () => {
    await grace.open("polls");
    await grace.get("poll-new").click();
    await grace.get("poll-question-input").fill("Tea or coffee?");
    await grace.get("poll-option-input").nth(0).fill("Tea");
    await grace.get("poll-option-input").nth(1).fill("Coffee");
    await grace.get("poll-create").click();
    await grace.sees("poll-question", "Tea or coffee?");
    await ada.open("polls");
    await ada.get("poll-option").filter({ hasText: "Tea" }).click();
    await ada.get("poll-vote").click();
    await ada.sees("poll-result", /Tea.*100%/);
    await grace.sees("poll-facts", "1 vote");
    await grace.get("poll-option").filter({ hasText: "Coffee" }).click();
    await grace.get("poll-vote").click();
    await ada.sees("poll-result", /Coffee.*50%/);
    await shoot("poll");
    await grace.get("poll-close").click();
    await waitFor(
      "it is closed for Ada",
      async () => (await ada.get("poll").getAttribute("data-status")) === "closed",
    );
    await ada.open("chat");
  });

  it("makes who is too fast in slow mode wait, and says for how long", async () => {
    await ada.write("The first of two");
    await grace.open("chat");
    await grace.reads("The first of two");
    await grace.open("staff");
    await grace.get("set-slowModeSeconds").selectOption("300");
    await ada.sees("chat-hint", "Slow mode");
    await ada.write("The second of two");
    await ada.sees("chat-hint", /You may write again in \d+/);
    expect(await grace.texts()).not.toContain("The second of two");
    await shoot("slow-mode");
    await grace.get("set-slowModeSeconds").selectOption("0");
    await saved(({ slowModeSeconds }) => slowModeSeconds === 0);
    await ada.page.reload();
    await ada.get("chat-input").waitFor();
  });

  it("holds a blocked word for review, which its author and staff alone see", async () => {
    await grace.get("set-words").fill("heron");
    await grace.get("save-words").click();
    await saved(({ blockedWords }) => blockedWords.includes("heron"));
    await ada.write("There is a heron outside");
    await ada.sees("chat-held", "Waiting for review");
    await grace.sees("review-text", "There is a heron outside");
    await shoot("held");
    expect(await bob.texts()).not.toContain("There is a heron outside");
    await grace.get("review-approve").click();
    await bob.reads("There is a heron outside");
    await waitFor("Ada's is like any other", async () => (await ada.get("chat-held").count()) === 0);
  });

  it("takes a message away from everyone", async () => {
    await grace.open("chat");
    await grace.choose("There is a heron outside", "menu-delete");
    await waitFor(
      "it is gone for Bob",
      async () => !(await bob.texts()).includes("There is a heron outside"),
    );
    await ada.sees("chat-removed", "There is a heron outside");
  });

  it("offers what may be done with a line now, though it has changed under the pointer", async () => {
    // By somebody else: Ada has said almost as much as anyone may in ten seconds.
    const { client } = await rostrum.anonymous.register("Edith");
    await client.call("POST", `/api/events/${eventId}/join`, {});
    await client.call("POST", `/api/chat/session/${sessionId}`, { text: "The heron is back" });
    await grace.reads("The heron is back");
    const line = grace.line("The heron is back");
    await line.hover();
    await grace.get("message-more").waitFor();
    const id = await line.getAttribute("data-message-id");
    await rostrum.admin.call("PATCH", `/api/chat/${id}/review`, { approve: true });
    await grace.page.locator(`[data-message-id="${id}"][data-state="sent"]`).waitFor();
    await grace.get("message-more").click();
    await grace.get("menu-delete").waitFor();
    await grace.page.keyboard.press("Escape");
  });

  it("leaves alone what a moderator writes while the settings are still on their way", async () => {
    const { page } = grace;
    const asked = new Promise<Route>((resolve) => void page.route("**/moderation", resolve, { times: 1 }));
    await grace.open("staff");
    const request = await asked;
    await grace.get("set-words").fill("heron\negret");
    await request.continue();
    await (await request.request().response())?.finished();
    // An answer that is read after that one.
    await page.evaluate(() => fetch("/api/auth/me").then((answer) => answer.text()));
    expect(await grace.get("set-words").inputValue()).toBe("heron\negret");
    await grace.open("chat");
  });

  it("tells who is muted for how long, and lets them write when that is lifted", async () => {
    await grace.choose("The first of two", "menu-mute-5m");
    await ada.sees("chat-hint", "A moderator has muted you");
    expect(await ada.get("chat-send").isDisabled()).toBe(true);
    await shoot("muted");
    await grace.open("staff");
    await grace.get("unmute-person").click();
    await waitFor(
      "the hint is gone",
      async () => !(await ada.get("chat-hint").textContent())?.includes("muted"),
    );
    await ada.write("I am back");
    await bob.reads("I am back");
  });

  it("lets who is shadow-muted write for themself and staff alone", async () => {
    await grace.open("chat");
    await grace.choose("I am back", "menu-shadow");
    await grace.sees("panel-say", "shadow-muted");
    await ada.write("Does anyone hear me?");
    await ada.reads("Does anyone hear me?");
    await grace.reads("Does anyone hear me?");
    await grace.write("Bob, do you see this?");
    await bob.reads("Bob, do you see this?");
    expect(await bob.texts(), "what was written before").not.toContain("Does anyone hear me?");
    expect(await ada.get("chat-hint").textContent(), "nothing tells").toBe("");
    await shoot("shadow");
  });

  it.each(["questions", "polls", "staff", "chat"])(
    "is accessible with all that stands under %s",
    async (tab) => {
      await grace.open(tab);
      await expectAccessible(grace.page);
      if (tab === "staff") return;
      await ada.open(tab);
      await expectAccessible(ada.page);
    },
  );

  it("sends who is banned out, and does not let them in again", async () => {
    grace.page.once("dialog", (dialog) => void dialog.accept());
    await grace.choose("I am back", "menu-ban");
    await ada.sees("connection", "Disconnected");
    await shoot("banned");
    await ada.page.reload();
    await ada.page.getByText("You have been removed from this event.").waitFor();
    expect(await ada.get("chat-send").count(), "there is nothing to write into").toBe(0);
  });
});
