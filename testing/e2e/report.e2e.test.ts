import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { familiesIn, metricNames } from "../../edge/api/metrics/test-metrics.ts";
import { countWords } from "../../edge/pages/shared/amounts.ts";
import type { EventAnalytics } from "../../edge/protocol/analytics.ts";
import { addressOf } from "../bench/rooms-systems.ts";
import { createWatchingScene, lastHour } from "../bench/watching-scene.ts";
import { repositoryRoot } from "../house/source-files.ts";
import { expectAccessible } from "../support/accessibility.ts";
import { launchBrowser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { adminEmail, adminPassword, type Rostrum, startRostrum } from "../support/rostrum.ts";
import { waitFor } from "../support/wait-for.ts";

const internalApiKey = "internal-key-of-a-test-that-reads-metrics";

/** What an organiser shows a sponsor, of an event that was watched for two hours; and what operators see of it. */
describe("the report of an event", () => {
  let rostrum: Rostrum;
  let browser: Browser;
  let staff: BrowserContext;
  let page: Page;
  let eventId: string;
  let report: EventAnalytics;
  const ports = { internal: 0, media: 0 };

  beforeAll(async () => {
    [ports.internal, ports.media] = await Promise.all([freePort(), freePort()]);
    const environment = {
      INTERNAL_PORT: String(ports.internal),
      METRICS_PORT: String(ports.media),
      INTERNAL_API_KEY: internalApiKey,
    };
    [rostrum, browser] = await Promise.all([startRostrum({ environment }), launchBrowser()]);
    const sql = postgres(addressOf(rostrum).databaseUrl, { max: 1, onnotice: () => undefined });
    try {
      const plan = { viewers: 60, hours: 2, until: lastHour(), messages: 40 };
      ({ eventId } = await createWatchingScene(sql, plan));
      await waitFor(
        "the event is rolled up",
        async () => {
          await readReport();
          const [waiting] =
            await sql`select count(*)::int as many from roll_up_marks where rolled_up_at < seen_at`;
          return waiting?.many === 0;
        },
        { timeoutSeconds: 90 },
      );
    } finally {
      await sql.end();
    }
    report = await readReport();
    expect(report.sessions.map(({ uniqueViewers }) => uniqueViewers > 0)).toEqual([true, true]);
    staff = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await staff.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await rostrum?.remove();
  });

  const readReport = () => rostrum.admin.call<EventAnalytics>("GET", `/api/events/${eventId}/analytics`);
  const addressOfReport = (id = eventId) => `${rostrum.url}/report/${id}`;
  const get = (testId: string, on = page) => on.getByTestId(testId);
  /** Its rows are made when the browser tells that it was opened, which is a while after the click. */
  async function openTable(part: Locator): Promise<void> {
    await part.getByText("As a table").click();
    await part.locator("tbody tr").first().waitFor();
  }
  const shown = async (on = page) => on.locator('body[data-report-state="shown"]').waitFor();

  async function signIn(on: Page, email: string, password: string): Promise<void> {
    await get("account-email", on).fill(email);
    await get("account-password", on).fill(password);
    await get("account-submit", on).click();
    await get("account-link", on).waitFor();
  }

  it("asks who comes to sign in, and shows staff the figures that the API tells", async () => {
    await page.goto(addressOfReport());
    await get("gate").filter({ hasText: "Sign in" }).waitFor();
    await signIn(page, adminEmail, adminPassword);
    await shown();
    const { summary, sessions, polls, topQuestions } = report;
    const figure = (name: string) => page.locator("#key-figures").getByTestId(name).textContent();
    expect(await figure("uniqueViewers")).toBe(countWords(summary.uniqueViewers));
    expect(await figure("peakViewers")).toBe(countWords(summary.peakViewers));
    expect(await figure("engagementScore")).toBe(String(Math.round(summary.engagement.score)));
    expect(await figure("seatsTaken")).toBe(countWords(summary.seatsTaken));
    const rows = page.locator("#sessions").getByTestId("uniqueViewers");
    expect(await rows.allTextContents()).toEqual(
      sessions.map(({ uniqueViewers }) => countWords(uniqueViewers)),
    );
    expect(await get("poll").count()).toBe(polls.length);
    expect(await get("question").count()).toBe(topQuestions.length);
  });

  it("has everything that is drawn as words: by arrow keys, and as a table", async () => {
    const { points } = report.curve;
    const chart = get("curve").getByRole("slider").first();
    const reading = new RegExp(`^${countWords(points[0]!.peakViewers)} at `);
    await chart.hover();
    await chart.focus();
    await page.keyboard.press("Home");
    expect(await chart.getAttribute("aria-valuetext")).toMatch(reading);
    await page.mouse.move(0, 0);
    expect(await chart.getAttribute("aria-valuetext"), "the pointer has left").toMatch(reading);
    await openTable(get("curve"));
    const cells = await page
      .locator("#curve tbody tr")
      .evaluateAll((rows) => rows.map((row) => (row as HTMLTableRowElement).cells[1]!.textContent ?? ""));
    const told = points.map(({ peakViewers }) => countWords(peakViewers));
    expect(cells.filter((cell) => cell !== "0")).toEqual(told.filter((cell) => cell !== "0"));
  });

  it("says of each figure what it means, where it stands and in the appendix", async () => {
    await page.locator("#key-figures .term").first().focus();
    await page.locator("#meaning-note").filter({ hasText: "Different viewers" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#meaning-note").waitFor({ state: "hidden" });
    const lost = await page
      .locator(".term")
      .evaluateAll((terms) =>
        terms.map((term) => term.getAttribute("href") ?? "").filter((href) => !document.querySelector(href)),
      );
    expect(lost).toEqual([]);
  });

  it("is accessible on a desktop, on paper and on a phone, where nothing is wider than the screen", async () => {
    await expectAccessible(page);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".site-header").isVisible()).toBe(false);
    expect(await page.locator("#print").isVisible()).toBe(false);
    await page.locator("#meanings").waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ media: "screen", colorScheme: "dark" });
    await page.setViewportSize({ width: 360, height: 740 });
    await openTable(page.locator(".retention").first());
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("gives every sheet, and the page itself as JSON, to who may see it", async () => {
    const links = await get("download").evaluateAll((all) => all.map((link) => link.getAttribute("href")!));
    expect(links).toHaveLength(8);
    for (const link of links) {
      const answer = await staff.request.get(`${rostrum.url}${link}`);
      expect(answer.status(), `${link}: ${await answer.text()}`).toBe(200);
      expect(answer.headers()["content-type"]).toMatch(
        link.endsWith(".csv") ? "text/csv" : "application/json",
      );
      expect((await rostrum.anonymous.request("GET", link)).status, link).toBe(401);
    }
  });

  it("is refused to who is not of the event's staff", async () => {
    const { signedIn, password } = await rostrum.anonymous.register("Ada");
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(addressOfReport());
    await signIn(stranger, signedIn.user.email, password);
    await get("gate", stranger).filter({ hasText: "staff" }).waitFor();
    expect(await stranger.getByTestId("title").isVisible()).toBe(false);
    await stranger.context().close();
  });

  it("goes on by itself while the event is live, and stays when the API is away", async () => {
    const event = await rostrum.admin.createEvent({ title: "Not begun" });
    await rostrum.admin.createSession(event.id);
    const live = await staff.newPage();
    await live.clock.install();
    await live.goto(addressOfReport(event.id));
    await get("empty", live).filter({ hasText: "Nobody has watched yet" }).waitFor();
    await expectAccessible(live);
    await rostrum.admin.call("PUT", `/api/events/${event.id}`, { title: "Begun" });
    await lookAgain(live, () =>
      get("title", live)
        .filter({ hasText: /^Begun$/ })
        .isVisible(),
    );
    await live.route("**/analytics", (route) => route.abort());
    const trouble = () => get("trouble", live).textContent();
    await lookAgain(live, async () => (await trouble())?.includes("Trying again"));
    expect(await get("title", live).textContent()).toBe("Begun");
    await live.unroute("**/analytics");
    await lookAgain(live, async () => (await trouble()) === "");
    await live.close();
  });

  it("is led to from the programme, the studio and the watch page", async () => {
    await page.goto(rostrum.url);
    await get("to-report").first().waitFor();
    const { stream, event } = await rostrum.admin.createStage();
    for (const path of [`/studio/${stream.id}`, `/watch/${stream.id}`]) {
      await page.goto(`${rostrum.url}${path}`);
      if (path.startsWith("/watch")) await get("tab-staff").click();
      await page.locator(`[data-testid="to-report"][href="/report/${event.id}"]`).waitFor();
    }
  });

  it("has a dashboard for operators that asks for nothing that is not measured", async () => {
    const headers = { authorization: `Bearer ${internalApiKey}` };
    const read = async (port: number) => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
      expect(answer.status).toBe(200);
      return answer.text();
    };
    const families = familiesIn(`${await read(ports.internal)}${await read(ports.media)}`);
    const file = join(repositoryRoot, "edge/api/metrics/grafana-dashboard.json");
    const expressions = [...readFileSync(file, "utf8").matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(
      ([, expression]) => JSON.parse(`"${expression}"`) as string,
    );
    expect(expressions.length).toBeGreaterThan(30);
    for (const expression of expressions) {
      const names = metricNames(expression);
      expect(names.length, expression).toBeGreaterThan(0);
      for (const name of names) expect([...families.keys()], expression).toContain(name);
    }
  });

  /** A quarter of a minute passes for the page at each look. */
  function lookAgain(on: Page, seen: () => Promise<boolean | undefined>): Promise<unknown> {
    return waitFor("the page has looked again", async () => {
      await on.clock.fastForward(15_000);
      return seen();
    });
  }
});
