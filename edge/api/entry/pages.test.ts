import { expect, test } from "vitest";
import { answerPage, pageFile } from "./pages.ts";

test.each([
  ["/", "/index.html"],
  ["/watch/str_abc-_1", "/watch.html"],
  ["/replay/rec_abc-_1", "/replay.html"],
  ["/replay", null],
  ["/report/evt_abc-_1", "/report.html"],
  ["/report", null],
  ["/studio", "/studio.html"],
  ["/studio/str_abc-_1", "/studio.html"],
  ["/studio/a/b", null],
  ["/api/docs", "/docs.html"],
  ["/password", "/password.html"],
  ["/account", "/account.html"],
  ["/favicon.ico", "/favicon.svg"],
  ["/assets/watch-ABCD1234.js", "/assets/watch-ABCD1234.js"],
  ["/assets/swagger/swagger-ui.css", "/assets/swagger/swagger-ui.css"],
  ["/assets", null],
  ["/assets/", null],
  ["/assets/swagger", null],
  ["/assets/../secret.txt", null],
  ["/assets/.hidden.js", null],
  ["/assets/a%2f..%2fb.js", null],
  ["/watch/", null],
  ["/watch/a/b", null],
  ["/watch.html", null],
  ["/index.html", null],
  ["/internal/media/publish", null],
])("%s is %s", (path, file) => {
  expect(pageFile(path)).toBe(file);
});

const request = new Request("http://a.test/assets/watch-ABCD1234.js");
const store = (status: number) => ({ fetch: async () => new Response("x", { status }) });

test("a file gets its type, and lives for ever when its name has a hash", async () => {
  const answer = await answerPage(request, "/assets/watch-ABCD1234.js", store(200));
  expect(answer?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(answer?.headers.get("cache-control")).toContain("immutable");
  const page = await answerPage(request, "/watch.html", store(200));
  expect(page?.headers.get("cache-control")).toBe("no-cache");
});

test("a file that is not there is no page", async () => {
  expect(await answerPage(request, "/assets/gone.js", store(404))).toBeNull();
});
