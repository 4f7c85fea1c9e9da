/**
 * `Content-Disposition` of a file to keep (RFC 6266), under a readable name. `filename*` has every sign of it (RFC 8187);
 * `filename`, for those who do not know that, its ASCII. Signs that file systems refuse become hyphens. Pure.
 */
export function attachment(name: string): string {
  const safe = name
    .replace(/[\p{C}\\/:*?"<>|]+/gu, "-")
    .replace(/\s+/g, " ")
    .trim();
  const ascii = safe
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]+/g, "-")
    .replaceAll("%", "-");
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded(safe)}`;
}

/** What encodeURIComponent leaves although RFC 8187 §3.2.1 (attr-char) does not have it. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
