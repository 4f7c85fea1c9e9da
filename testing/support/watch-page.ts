import type { Browser, BrowserContext, Page } from "playwright-core";
import type {} from "../../edge/pages/watch/test-hook.ts";

export interface PlayerView {
  /** The stream's status as the page shows it. */
  state: string | undefined;
  levels: { index: number; width: number; height: number; bitrate: number }[];
  currentLevel: number;
}

/** The watch page of a stream, open and its script running. */
export async function openWatchPage(
  browser: Browser | BrowserContext,
  baseUrl: string,
  streamId: string,
  viewport = { width: 1280, height: 800 },
): Promise<Page> {
  const page = "newContext" in browser ? await browser.newPage({ viewport }) : await browser.newPage();
  await page.goto(`${baseUrl}/watch/${streamId}`);
  await page.waitForFunction(() => window.rostrumPlayer !== undefined);
  return page;
}

/** A copy of what the page and its player say of themselves. */
export function player(page: Page): Promise<PlayerView> {
  return page.evaluate(() => ({
    state: document.body.dataset.streamState,
    currentLevel: window.rostrumPlayer.currentLevel,
    levels: window.rostrumPlayer.levels.map(({ index, width, height, bitrate }) => ({
      index,
      width,
      height,
      bitrate,
    })),
  }));
}

/** Seconds on the video's clock; zero while nothing plays. */
export function currentTime(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
}

/** Makes an account through the page's own form, as a viewer who wants to chat does. */
export async function signUp(page: Page, name: string): Promise<void> {
  await page.getByTestId("chat-register").click();
  await page.getByTestId("account-name").fill(name);
  await page.getByTestId("account-email").fill(`${crypto.randomUUID()}@example.org`);
  await page.getByTestId("account-password").fill("correct horse battery staple");
  await page.getByTestId("account-submit").click();
  await page.getByTestId("chat-input").waitFor({ state: "visible" });
}
