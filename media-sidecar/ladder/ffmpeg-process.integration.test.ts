import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FfmpegProcess } from "./ffmpeg-process.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostrum-process-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A stand-in that behaves as the script says. */
async function standIn(name: string, script: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/bash\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A killed process whose parent is gone may wait for its new parent as a zombie: it runs no more. */
async function running(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

describe("an FFmpeg process", () => {
  it("is done when its input ends and it exits with 0", async () => {
    const ffmpeg = new FfmpegProcess(await standIn("done", "cat >&3"), [], 1);
    const chunks: Buffer[] = [];
    ffmpeg.outputs[0]!.on("data", (chunk: Buffer) => chunks.push(chunk));
    ffmpeg.stdin.end("media");
    expect(await ffmpeg.exited).toMatchObject({ kind: "done" });
    expect(Buffer.concat(chunks).toString()).toBe("media");
  });

  it("knows nothing of our environment but where programs are", async () => {
    process.env.SECRET_OF_A_TEST = "never to be seen";
    const ffmpeg = new FfmpegProcess(await standIn("environment", "env >&3"), [], 1);
    delete process.env.SECRET_OF_A_TEST;
    const chunks: Buffer[] = [];
    ffmpeg.outputs[0]!.on("data", (chunk: Buffer) => chunks.push(chunk));
    await ffmpeg.exited;
    const environment = Buffer.concat(chunks).toString();
    expect(environment).toMatch(/^PATH=/m);
    expect(environment).not.toContain("SECRET_OF_A_TEST");
  });

  it("stands back behind others where it is asked to", async () => {
    // Until its input ends, so that its priority was set before it is read.
    const script = "cat >/dev/null; cut -d ' ' -f 19 /proc/$$/stat >&3";
    const path = await standIn("nice", script);
    const niceness = async (...more: [] | [number]) => {
      const ffmpeg = new FfmpegProcess(path, [], 1, ...more);
      const chunks: Buffer[] = [];
      ffmpeg.outputs[0]!.on("data", (chunk: Buffer) => chunks.push(chunk));
      ffmpeg.stdin.end();
      await ffmpeg.exited;
      return Number(Buffer.concat(chunks).toString());
    };
    const usual = await niceness();
    expect(await niceness(19)).toBe(19);
    expect(usual).toBeLessThan(19);
  });

  it("has failed with its last words, and not more of them than fit a log", async () => {
    const script = "for i in $(seq 3000); do echo line $i >&2; done; echo Invalid data >&2; exit 3";
    const exit = await new FfmpegProcess(await standIn("failed", script), [], 1).exited;
    expect(exit.kind).toBe("failed");
    expect(exit.detail).toMatch(/^exit code 3: (.|\n)*Invalid data$/);
    expect(exit.detail.length).toBeLessThan(5000);
  });

  it("has failed when others kill it", async () => {
    const ffmpeg = new FfmpegProcess(await standIn("killed", "sleep 100"), [], 1);
    process.kill(-ffmpeg.pid!, "SIGKILL");
    expect(await ffmpeg.exited).toEqual({ kind: "failed", detail: "SIGKILL" });
  });

  it("was never started when there is no such program", async () => {
    const ffmpeg = new FfmpegProcess(join(directory, "absent"), [], 2);
    ffmpeg.stdin.write("media");
    expect(await ffmpeg.exited).toMatchObject({ kind: "not-started" });
    await ffmpeg.kill();
  });

  it("is killed with all its children, even when it does not listen", async () => {
    const script = "trap '' TERM; sleep 100 & echo $! >&3; while true; do sleep 0.1; done";
    const ffmpeg = new FfmpegProcess(await standIn("deaf", script), [], 1);
    const child = await new Promise<number>((resolve) =>
      ffmpeg.outputs[0]!.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))),
    );
    await ffmpeg.kill();
    expect(await ffmpeg.exited).toMatchObject({ kind: "killed" });
    expect(await running(ffmpeg.pid!)).toBe(false);
    await expect.poll(() => running(child)).toBe(false);
  });
});
