/** How a password's hash is written down: `scrypt$16384$8$5$<salt>$<hash>`, salt and hash in base64url. */
export interface StoredHash {
  cost: number;
  blockSize: number;
  parallelization: number;
  salt: Buffer;
  hash: Buffer;
}

/** OWASP's scrypt parameters for 16 MiB; about a tenth of a second of one core. */
export const scryptParameters = { cost: 16_384, blockSize: 8, parallelization: 5 } as const;
export const saltBytes = 16;
export const hashBytes = 32;

export function formatStoredHash(salt: Buffer, hash: Buffer): string {
  const { cost, blockSize, parallelization } = scryptParameters;
  const parts = [
    "scrypt",
    cost,
    blockSize,
    parallelization,
    salt.toString("base64url"),
    hash.toString("base64url"),
  ];
  return parts.join("$");
}

/** Null when the text is not a hash of ours or asks for more work than any parameters we ever used. */
export function parseStoredHash(text: string): StoredHash | null {
  const match = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([\w-]{8,64})\$([\w-]{22,128})$/.exec(text);
  if (!match) return null;
  const [cost, blockSize, parallelization] = [match[1], match[2], match[3]].map(Number) as [
    number,
    number,
    number,
  ];
  if (cost > 131_072 || cost < 2 || (cost & (cost - 1)) !== 0) return null;
  if (blockSize < 1 || blockSize > 16 || parallelization < 1 || parallelization > 16) return null;
  return {
    cost,
    blockSize,
    parallelization,
    salt: Buffer.from(match[4] ?? "", "base64url"),
    hash: Buffer.from(match[5] ?? "", "base64url"),
  };
}

/** Verified for an email nobody has, so that the answer takes as long as for one that somebody has. */
export const hashOfNobody = formatStoredHash(Buffer.alloc(saltBytes), Buffer.alloc(hashBytes));
