/** Media that shows whether picture and sound are together: once a second a flash, and a beep with it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { makeOnce } from "./test-media.ts";

const run = promisify(execFile);

export const flashFramesPerSecond = 30;
/** Of picture and sound each. */
const flashSeconds = 0.1;
/** The middle between two keyframes. */
const flashAt = 0.5;

/** An FLV file to publish, with a keyframe each second; made on first use. */
export function flashAndBeep(seconds: number): Promise<string> {
  const isFlash = `between(mod(t,1),${flashAt},${flashAt + flashSeconds - 0.001})`;
  // Whole AAC frames that end a few milliseconds before the picture: as encoders stop, neither waits for the other.
  const soundSeconds = seconds - 0.02;
  return makeOnce(`flash-and-beep-${seconds}s.flv`, [
    ...["-f", "lavfi", "-i", `color=black:size=320x180:rate=${flashFramesPerSecond}`],
    ...[
      "-f",
      "lavfi",
      "-i",
      `aevalsrc='${isFlash}*sin(2*PI*1000*t)':sample_rate=48000:duration=${soundSeconds}`,
    ],
    ...["-vf", `drawbox=color=white:t=fill:enable='${isFlash}'`, "-t", String(seconds)],
    ...["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-pix_fmt", "yuv420p", "-b:v", "300k"],
    ...["-g", String(flashFramesPerSecond), "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k", "-ac", "2"],
    ...["-f", "flv"],
  ]);
}

/** When flashes and beeps begin, in seconds of the file, and what FFmpeg complained of while it decoded all of it. */
export async function findFlashesAndBeeps(
  url: string,
): Promise<{ flashes: number[]; beeps: number[]; errors: string[] }> {
  const { stdout, stderr } = await run(
    "ffmpeg",
    [
      ...["-hide_banner", "-nostats", "-xerror", "-v", "level+info", "-i", url],
      ...["-vf", "scale=16:16,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"],
      ...["-af", "silencedetect=noise=-20dB:duration=0.3"],
      ...["-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const frames = [...stdout.matchAll(/pts_time:([\d.]+)\s+lavfi\.signalstats\.YAVG=([\d.]+)/g)].map(
    ([, time, brightness]) => ({ time: Number(time), bright: Number(brightness) > 120 }),
  );
  const flashes = frames.filter(({ bright }, index) => bright && frames[index - 1]?.bright === false);
  const soundBegins = [...stderr.matchAll(/silence_end: ([\d.]+)/g)].map(([, time]) => Number(time));
  return {
    flashes: flashes.map(({ time }) => time),
    // The last silence is ended by the end of the file.
    beeps: soundBegins.slice(0, -1),
    errors: stderr.split("\n").filter((line) => /\[(?:warning|error|fatal)\]/.test(line)),
  };
}
