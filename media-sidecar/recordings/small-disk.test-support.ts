/** A disk in memory that is soon full. */
import { execFile } from "node:child_process";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const chunk = Buffer.alloc(256 * 1024);

export class SmallDisk {
  readonly path: string;
  readonly megabytes: number;

  private constructor(path: string, megabytes: number) {
    this.path = path;
    this.megabytes = megabytes;
  }

  /** Null where this machine lets nobody mount. */
  static async mount(path: string, megabytes: number): Promise<SmallDisk | null> {
    await mkdir(path, { recursive: true });
    const options = ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "tmpfs", path];
    try {
      await run("mount", options);
      return new SmallDisk(path, megabytes);
    } catch (error) {
      process.stderr.write(`What needs a small disk is not tried, for mounting one takes root: ${error}\n`);
      return null;
    }
  }

  /** Fills it but for so many megabytes; with 0 also what was let go since it was last filled. */
  async fill(leftMegabytes: number): Promise<void> {
    const file = await open(this.#ballast, "a");
    try {
      const { bavail, bsize } = await statfs(this.path);
      const most =
        leftMegabytes === 0 ? Number.POSITIVE_INFINITY : bavail * bsize - leftMegabytes * 1024 * 1024;
      for (let written = 0; written < most; written += chunk.length) await file.write(chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      await file.close();
    }
  }

  empty(): Promise<void> {
    return rm(this.#ballast, { force: true });
  }

  async unmount(): Promise<void> {
    await run("umount", ["-l", this.path]);
  }

  get #ballast(): string {
    return join(this.path, "ballast");
  }
}
