/** What is printed when everything runs. */
export interface Urls {
  watch: string | null;
  home: string;
  api: string;
  documentation: string;
  ingest: string;
}

/** What the first start made, shown once and never again. */
export interface FirstStart {
  adminEmail: string;
  /** Null when it was given and need not be told. */
  adminPassword: string | null;
  demoStreamKey: string | null;
}

export function laterStartBanner(urls: Urls): string {
  return frame(lines(urls));
}

export function firstStartBanner(urls: Urls, first: FirstStart): string {
  return frame([
    ...lines(urls),
    "",
    ...(first.demoStreamKey === null ? [] : [`Stream key   ${first.demoStreamKey}`]),
    `Admin        ${first.adminEmail}`,
    ...(first.adminPassword === null ? [] : [`Password     ${first.adminPassword}`]),
    "",
    "The key and the password are shown this once: keep them.",
  ]);
}

function lines(urls: Urls): string[] {
  return [
    "Rostrum runs.",
    "",
    `Watch        ${urls.watch ?? urls.home}`,
    `Send to      ${urls.ingest}`,
    `API          ${urls.api}`,
    `API's pages  ${urls.documentation}`,
  ];
}

function frame(content: readonly string[]): string {
  return [
    "",
    ...content.map((line) => (line === "" ? "" : `  ${line}`)),
    "",
    "  Ctrl-C stops everything.",
    "",
  ].join("\n");
}
