import Bowser from "bowser";

/** What is kept of a User-Agent: words of two short lists. */
export interface ViewingDevice {
  readonly device: "desktop" | "phone" | "tablet" | "tv" | "other";
  /** The browser's family as its maker writes it ("Firefox"), or "other". */
  readonly browser: string;
}

const devices: Readonly<Record<string, ViewingDevice["device"]>> = {
  desktop: "desktop",
  mobile: "phone",
  tablet: "tablet",
  tv: "tv",
};
/** Where it knows no family, the library repeats what stands first in the header: anyone's words. */
const families: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
/** Those of real browsers are under 300 long; expressions over more would only cost time. */
const longestUserAgent = 512;

export function viewingDevice(userAgent: string | undefined): ViewingDevice {
  const text = userAgent?.slice(0, longestUserAgent) ?? "";
  // The library refuses an empty one.
  if (text === "") return { device: "other", browser: "other" };
  const { browser, platform } = Bowser.parse(text);
  return {
    device: devices[platform.type ?? ""] ?? "other",
    browser: browser.name !== undefined && families.has(browser.name) ? browser.name : "other",
  };
}
