import { expect, test } from "vitest";
import { viewingDevice } from "./viewing-device.ts";

test.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "desktop",
    "Chrome",
  ],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "desktop", "Firefox"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "desktop",
    "Microsoft Edge",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "phone",
    "Safari",
  ],
  [
    "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Safari/537.36",
    "tablet",
    "Samsung Internet for Android",
  ],
  [
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
    "tv",
    "Tizen",
  ],
])("of %s stays %s and %s", (userAgent, device, browser) => {
  expect(viewingDevice(userAgent)).toEqual({ device, browser });
});

test.each([
  ["none", undefined],
  ["nothing", ""],
  ["a space", " "],
  ["an address", "ada@example.org/1.0"],
  ["a script", "<script>alert(1)</script>"],
  ["a hundred thousand letters", "x".repeat(100_000)],
])("no words of a User-Agent that means nothing are kept: %s", (_, userAgent) => {
  expect(viewingDevice(userAgent)).toEqual({ device: "other", browser: "other" });
});
