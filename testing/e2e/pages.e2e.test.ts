/**
 * The pages that need no stream; the documentation's markup is Swagger UI's. A forgotten password is followed from
 * the link in the mail (which `npm start` writes to its log) to signing in again.
 */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UserData } from "../../edge/protocol/user-activity.ts";
import { expectAccessible } from "../support/accessibility.ts";
import { launchBrowser } from "../support/browser.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";

let rostrum: Rostrum;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
beforeAll(async () => {
  [rostrum, browser] = await Promise.all([startRostrum(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await rostrum?.remove();
});

async function choose(page: Page, password: string): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
}

test.each(["/", "/password", "/account"])("%s is accessible", async (path) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${rostrum.url}${path}`, { waitUntil: "networkidle" });
  await expectAccessible(page);
});

test("a password is chosen by the link of a mail, which works once and leaves the address", async () => {
  const { signedIn } = await rostrum.anonymous.register("Ada");
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${rostrum.url}/password`);
  await page.getByLabel("Email").fill(signedIn.user.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByText("a link is on its way").waitFor();

  const link = await waitFor("the mail", () =>
    // Whole: what is printed comes in pieces.
    /http:\/\/[^\s"\\]+\/password(#[\w-]{32})/.exec(rostrum.output()),
  );
  await page.goto("about:blank");
  await page.goto(`${rostrum.url}/password${link[1]}`);
  await page.waitForURL(`${rostrum.url}/password`);
  await choose(page, "short");
  await page.getByText("at least 8 characters", { exact: false }).first().waitFor();
  await choose(page, "staple correct horse");
  await page.getByText("Your password is set").waitFor();
  await rostrum.anonymous.login(signedIn.user.email, "staple correct horse");

  await page.goto("about:blank");
  await page.goto(`${rostrum.url}/password${link[1]}`);
  await choose(page, "another one altogether");
  await page.getByText("used already or is too old").waitFor();
  await page.getByLabel("Email").waitFor();
});

test.each(["/", "/account"])("%s keeps words without a space within a phone's screen", async (path) => {
  const word = "W".repeat(100);
  await rostrum.admin.createEvent({ title: word, description: word });
  const { signedIn, password } = await rostrum.anonymous.register(word);
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  const { email } = signedIn.user;
  await context.request.post(`${rostrum.url}/api/auth/login`, { data: { email, password } });
  const page = await context.newPage();
  await page.goto(`${rostrum.url}${path}`);
  await page.locator("main").getByText(word).first().waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await context.close();
});

test("people see what they did, take their data along and leave for good, on a phone", async () => {
  const { signedIn, password } = await rostrum.anonymous.register("Grace");
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  const { email } = signedIn.user;
  await context.request.post(`${rostrum.url}/api/auth/login`, { data: { email, password } });
  const page = await context.newPage();
  await page.goto(rostrum.url);
  await page.getByTestId("account-link").click();
  await page.getByText("You are Grace").waitFor();
  await page.getByText("Signed in").first().waitFor();
  await expectAccessible(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download my data" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^Grace \d{4}-\d\d-\d\d\.json$/);
  const data = JSON.parse(await readFile(await download.path(), "utf8")) as UserData;
  expect(data.account.email).toBe(email);

  await page.getByLabel("Your password").fill("not this one");
  await page.getByRole("button", { name: "Delete my account" }).click();
  await page.getByText("That is not your password.").waitFor();
  await page.getByLabel("Your password").fill(password);
  await page.getByRole("button", { name: "Delete my account" }).click();
  await page.getByText("Your account is deleted").waitFor();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await context.close();
});
