/**
 * The pages that need no stream; the documentation's markup is Swagger UI's. A forgotten password is followed from
 * the link in the mail (which `npm start` writes to its log) to signing in again.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
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

test.each(["/", "/password"])("%s is accessible", async (path) => {
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
    /http:\/\/[^\s"\\]+\/password(#[\w-]+)/.exec(rostrum.output()),
  );
  await page.goto("about:blank");
  await page.goto(`${rostrum.url}/password${link[1]}`);
  expect(page.url()).toBe(`${rostrum.url}/password`);
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
