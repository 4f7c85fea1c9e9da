/** Hashing is a port of its own, because it takes a tenth of a second of CPU that no serving process can spare. */
export interface PasswordHasher {
  /** The string to store: algorithm, parameters, salt and hash. Throws `too-many-requests` when the queue is full. */
  hash(password: string): Promise<string>;
  /** Takes the same time whether or not it matches. Throws `too-many-requests` when the queue is full. */
  verify(password: string, stored: string): Promise<boolean>;
}
