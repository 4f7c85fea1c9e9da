import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestMailServer, type TestMailServer } from "../../edge/api/mail/test-mail-server.ts";
import type { Event, Session } from "../../edge/protocol/events.ts";
import type { StreamCreated } from "../../edge/protocol/streams.ts";
import { repositoryRoot } from "../house/source-files.ts";
import { launchBrowser } from "../support/browser.ts";
import { untilLetIn } from "../support/let-in.ts";
import { type Publisher, publish } from "../support/publisher.ts";
import { type Rostrum, startRostrum } from "../support/rostrum.ts";
import { small, testMedia } from "../support/test-media.ts";
import { waitFor } from "../support/wait-for.ts";
import { currentTime, openWatchPage } from "../support/watch-page.ts";

const run = promisify(execFile);
const people = 100;

/** The README's walk through an event of one's own, from nothing to a guest who watches and a stranger who may not. */
describe("an organiser", () => {
  let mail: TestMailServer;
  let rostrum: Rostrum;
  let browser: Browser;
  let event: Event;
  let sessions: Session[];
  let stage: StreamCreated;
  let publisher: Publisher;

  beforeAll(async () => {
    mail = await startTestMailServer({ hideSTARTTLS: true });
    rostrum = await startRostrum({ environment: { SMTP_URL: `smtp://127.0.0.1:${mail.port}` } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await publisher?.stop();
    await browser?.close();
    await rostrum?.remove();
    await mail?.stop();
  });

  it("makes a private event with two sessions, and binds a stream to one", async () => {
    event = await rostrum.admin.createEvent({
      title: "Members' day",
      visibility: "private",
      timeZone: "Europe/Oslo",
      startsAt: "2030-05-02T07:00:00Z",
      endsAt: "2030-05-02T15:00:00Z",
    });
    sessions = [
      await rostrum.admin.createSession(event.id, { title: "Opening" }),
      await rostrum.admin.createSession(event.id, { title: "Closing" }),
    ];
    stage = await rostrum.admin.createStream({ title: "Main hall", sessionId: sessions[0]!.id });
    const seen = await rostrum.admin.call<Event>("GET", `/api/events/${event.id}`);
    expect(seen.sessions.map(({ title, streamId }) => [title, streamId])).toEqual([
      ["Opening", stage.stream.id],
      ["Closing", null],
    ]);
  });

  it("invites a hundred people from a file, and twice the same file invites nobody again", async () => {
    const file = join(rostrum.dataDirectory, "people.csv");
    const rows = Array.from({ length: people }, (_, index) => `guest${index}@example.org,Guest ${index}`);
    await writeFile(file, ["email,name", ...rows].join("\r\n"));
    const importFile = async () => {
      const { stdout, stderr } = await run(
        process.execPath,
        ["edge/local/bootstrap.mjs", "import", file, "--event", event.id],
        {
          cwd: repositoryRoot,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: rostrum.dataDirectory },
        },
      );
      return stdout + stderr;
    };
    expect(await importFile()).toMatch(/Created 100,/);
    expect(await importFile()).toMatch(/Created 0,/);
    const { attendeeCount } = await rostrum.admin.call<Event>("GET", `/api/events/${event.id}`);
    expect(attendeeCount).toBe(people);
    await waitFor("a hundred invitations", () => mail.mails.length >= people, { timeoutSeconds: 60 });
    expect(new Set(mail.mails.map(({ to }) => to[0])).size).toBe(people);
    expect(mail.mails.length).toBe(people);
  });

  it("has a guest who follows the invitation, signs in and watches", async () => {
    const file = await testMedia(small);
    publisher = await untilLetIn(rostrum.output, () =>
      publish(file, `${rostrum.ingestUrl}/${stage.streamKey}`),
    );
    const token = invitationOf("guest7@example.org");
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${rostrum.url}/password#${token}`);
    await page.locator("input[type=password]").first().fill("a long walk by the sea");
    await page.locator("button[type=submit]").click();
    // Signing in with it before would fail, and ten failures keep an account's owner out, too.
    await page.getByText("Your password is set").waitFor();
    const guest = await rostrum.anonymous.login("guest7@example.org", "a long walk by the sea");
    expect((await guest.playback(stage.stream.id)).url).toMatch(/\/~[\w.-]+\/master\.m3u8$/);
    await signIn(page, "guest7@example.org", "a long walk by the sea");
    const watch = await openWatchPage(context, rostrum.url, stage.stream.id);
    await waitFor("the guest sees the picture move", async () => (await currentTime(watch)) > 2, {
      timeoutSeconds: 60,
    });
    await context.close();
  }, 300_000);

  it("shows a stranger nothing: not the event, not the stream, not a playlist, not a segment by guessing", async () => {
    const { client: stranger } = await rostrum.anonymous.register("Stranger");
    for (const client of [rostrum.anonymous, stranger]) {
      for (const path of [
        `/api/events/${event.id}`,
        `/api/sessions/${sessions[0]!.id}`,
        `/api/streams/${stage.stream.id}`,
        `/api/streams/${stage.stream.id}/playback`,
        `/api/events/${event.id}/calendar.ics`,
      ]) {
        expect((await client.request("GET", path)).status, path).toBe(404);
      }
      const { items } = await client.call<{ items: Event[] }>("GET", "/api/events");
      expect(items.map(({ id }) => id)).not.toContain(event.id);
    }
    const { playbackId } = stage.stream;
    expect((await fetch(`${rostrum.url}/hls/${playbackId}/master.m3u8`)).status).toBe(404);
    expect((await fetch(`${rostrum.url}/hls/${playbackId}/~abc.def.ghi/master.m3u8`)).status).toBe(401);
    expect((await fetch(`${rostrum.url}/hls/seg_${"A".repeat(22)}/v0/0.m4s`)).status).toBe(404);
  });

  it("takes the guest's seat away, and with it the picture", async () => {
    const guest = await rostrum.anonymous.login("guest7@example.org", "a long walk by the sea");
    const { user } = await guest.call<{ user: { id: string } }>("GET", "/api/auth/me");
    await rostrum.admin.call("POST", `/api/events/${event.id}/bans/${user.id}`);
    expect((await guest.request("GET", `/api/streams/${stage.stream.id}/playback`)).status).toBe(404);
  });

  function invitationOf(address: string): string {
    const { raw } = mail.mails.find(({ to }) => to.includes(address))!;
    const text = raw.replace(/=\r?\n/g, "").replaceAll("=3D", "=");
    return /\/password#([\w-]+)/.exec(text)![1]!;
  }

  async function signIn(page: Page, email: string, password: string): Promise<void> {
    const answer = await page.request.post(`${rostrum.url}/api/auth/login`, { data: { email, password } });
    expect(answer.status(), await answer.text()).toBe(200);
  }
});
