import { expect, test } from "vitest";
import { isFromOwnPages } from "./same-origin.ts";

test.each([
  [{ fetchSite: "same-origin", origin: undefined, host: "a.test" }, true],
  [{ fetchSite: "same-site", origin: "https://a.test", host: "a.test" }, false],
  [{ fetchSite: "cross-site", origin: "https://a.test", host: "a.test" }, false],
  [{ fetchSite: "none", origin: undefined, host: "a.test" }, false],
  [{ fetchSite: undefined, origin: "http://a.test:8080", host: "a.test:8080" }, true],
  [{ fetchSite: undefined, origin: "http://a.test:8081", host: "a.test:8080" }, false],
  [{ fetchSite: undefined, origin: "null", host: "a.test" }, false],
  [{ fetchSite: undefined, origin: undefined, host: "a.test" }, false],
])("a write with %j: %s", (origin, own) => {
  expect(isFromOwnPages(origin)).toBe(own);
});
