const mostWords = 500;

/** Why a relay does not send, in words for whoever made it. */
export class RelayTrouble extends Error {
  override readonly name = "RelayTrouble";
  /** Trying again will not help until somebody changes something. */
  readonly permanent: boolean;

  constructor(words: string, { permanent = false, cause }: { permanent?: boolean; cause?: unknown } = {}) {
    // The edge takes no more, and an address alone may be longer.
    super(words.slice(0, mostWords), cause === undefined ? {} : { cause });
    this.permanent = permanent;
  }
}

const words: Record<string, (where: string) => string> = {
  ECONNREFUSED: (where) => `${where} refused the connection: nothing listens there`,
  ECONNRESET: (where) => `${where} reset the connection`,
  EPIPE: (where) => `${where} closed the connection`,
  ETIMEDOUT: (where) => `${where} does not answer`,
  EHOSTUNREACH: (where) => `there is no way to ${where}`,
  ENETUNREACH: (where) => `there is no way to ${where}`,
};

/** Anything that a socket or an RTMP connection may throw, in words. `where` names the destination. */
export function troubleOf(error: unknown, where: string): RelayTrouble {
  if (error instanceof RelayTrouble) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = words[code]?.(where);
  if (known !== undefined) return new RelayTrouble(known, { cause: error });
  const said = error instanceof Error ? error.message : String(error);
  return new RelayTrouble(`${where}: ${said.slice(0, 200)}`, { cause: error });
}

/**
 * What a destination says, fit to be shown: destinations repeat the key they were given, and may write anything.
 * The key may have parameters behind `?`, which destinations cut off before they repeat it.
 */
export function withoutKey(said: string, key: string): string {
  const secrets = [key, key.split("?")[0] ?? key].filter((secret) => secret !== "");
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, "[key]"), said);
  return clean.replace(/[^\x20-\x7e\u00a0-\uffff]/g, " ").slice(0, 200);
}
