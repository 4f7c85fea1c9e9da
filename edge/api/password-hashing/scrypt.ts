import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { formatStoredHash, hashBytes, parseStoredHash, saltBytes, scryptParameters } from "./stored-hash.ts";

/** A memory-hard hash (RFC 7914) with a fresh salt, in the form that is stored. */
export async function scryptHash(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return formatStoredHash(salt, await derive(password, salt, hashBytes, scryptParameters));
}

export async function scryptVerify(password: string, stored: string): Promise<boolean> {
  const parsed = parseStoredHash(stored);
  if (!parsed) return false;
  return timingSafeEqual(await derive(password, parsed.salt, parsed.hash.length, parsed), parsed.hash);
}

interface Parameters {
  cost: number;
  blockSize: number;
  parallelization: number;
}

function derive(password: string, salt: Buffer, length: number, parameters: Parameters): Promise<Buffer> {
  const { cost, blockSize, parallelization } = parameters;
  const options: ScryptOptions = {
    N: cost,
    r: blockSize,
    p: parallelization,
    // Node's default stops just short of what these parameters need.
    maxmem: 256 * cost * blockSize,
  };
  return new Promise((resolve, reject) => {
    // The same letter can be typed as one code point or two: NFKC makes them one (RFC 8265 in spirit).
    scrypt(password.normalize("NFKC"), salt, length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
