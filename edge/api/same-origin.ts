export interface WriteOrigin {
  /** `Sec-Fetch-Site`, which every browser of today sends and no page can set. */
  fetchSite: string | undefined;
  origin: string | undefined;
  host: string | undefined;
}

/**
 * Whether a write that is authorised by the cookie comes from our own pages. Without either header it is no browser
 * of today, and such a client has no business with the cookie: it can send the token itself.
 */
export function isFromOwnPages({ fetchSite, origin, host }: WriteOrigin): boolean {
  if (fetchSite !== undefined) return fetchSite === "same-origin";
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}
