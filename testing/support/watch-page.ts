import type { Browser, BrowserContext, Page } from "playwright-core";

export interface PlayerView {
  state: string;
  levels: { width: number; height: number; bitrate: number }[];
  currentLevel: number;
}

declare global {
  interface Window {
    /** What the watch page offers to tests and to people at a console. */
    rostrumPlayer: PlayerView & { setLevel(level: number): void };
  }
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

/** A copy of what the page's player says of itself. */
export function player(page: Page): Promise<PlayerView> {
  return page.evaluate(() => {
    const { state, levels, currentLevel } = window.rostrumPlayer;
    return {
      state,
      currentLevel,
      levels: levels.map(({ width, height, bitrate }) => ({ width, height, bitrate })),
    };
  });
}

/** Seconds on the video's clock; zero while nothing plays. */
export function currentTime(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
}

/** Makes an account through the page's own form, as a viewer who wants to chat does. */
export async function signUp(page: Page, name: string): Promise<void> {
  await page.getByTestId("sign-in-open").click();
  await page.getByTestId("sign-in-mode-register").click();
  await page.getByTestId("sign-in-name").fill(name);
  await page.getByTestId("sign-in-email").fill(`${crypto.randomUUID()}@example.org`);
  await page.getByTestId("sign-in-password").fill("correct horse battery staple");
  await page.getByTestId("sign-in-submit").click();
  await page.getByTestId("chat-input").waitFor({ state: "visible" });
}
