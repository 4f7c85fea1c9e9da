/**
 * The one form of an email address, by which accounts are found: trimmed, composed (NFC), lower case, and the domain
 * as the DNS has it (`müller.example` and `xn--mller-kva.example` are one). Never fails: what is no address comes out
 * as some text that is none either.
 */
export function normaliseEmail(text: string): string {
  // Lower-casing may decompose (İ), hence composed once more.
  const plain = text.trim().normalize("NFC").toLowerCase().normalize("NFC");
  const at = plain.lastIndexOf("@");
  if (at < 0) return plain;
  return plain.slice(0, at + 1) + asciiDomain(plain.slice(at + 1));
}

// What URL parsers would read as something other than a host, or decode, must not pass for a domain.
const looksLikeDomain = /^[^\s\p{C}/?#@:%\\[\]^|<>]+$/u;

function asciiDomain(domain: string): string {
  const isPlain = /^[a-z0-9.-]*$/.test(domain);
  if (isPlain || !looksLikeDomain.test(domain) || domain.length > 254) return domain;
  return URL.canParse(`http://${domain}/`) ? new URL(`http://${domain}/`).hostname : domain;
}

/** Whether a normalised text has the form of an address: one that mail could reach, not one that exists. */
export function looksLikeEmail(email: string): boolean {
  return (
    email.length <= 254 &&
    email.isWellFormed() &&
    /^[^\s@\p{C}<>()",:;\\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/u.test(
      email,
    )
  );
}
