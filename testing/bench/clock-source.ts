import { spawn } from "node:child_process";
import { asPublisher, type Publisher } from "../support/publisher.ts";

/** One tick of the clock in the picture. */
export const tickMs = 10;
export const clockBits = 16;

export interface ClockSource {
  width: number;
  height: number;
  framesPerSecond: number;
  keyframeSeconds: number;
  videoKbps: number;
}

/**
 * Publishes a moving picture with sound whose topmost tenth shows, as 16 black or white blocks, the time at which each
 * frame came to be: hundredths of a second since 1970, modulo 2^16, as a Gray code, so that a clock that moves on
 * between two blocks is one tick off at most. Drawn by FFmpeg after its input's pacing. The caller must stop it.
 */
export function publishClock(source: ClockSource, url: string): Publisher {
  const { width, height, framesPerSecond, keyframeSeconds, videoKbps } = source;
  const ticks = `mod(time(0)*${1000 / tickMs},${2 ** clockBits})`;
  const blocks = Array.from({ length: clockBits }, (_, bit) => {
    const isSet = `mod(floor(${ticks}/${2 ** bit})+floor(${ticks}/${2 ** (bit + 1)}),2)`;
    return `drawbox=x=iw*${bit}/${clockBits}:y=0:w=iw/${clockBits}:h=ih/10:color=white:t=fill:enable='${isSet}'`;
  });
  const picture = ["drawbox=x=0:y=0:w=iw:h=ih/10:color=black:t=fill", ...blocks];
  const child = spawn(
    "ffmpeg",
    [
      ...["-v", "error", "-nostdin"],
      ...["-re", "-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${framesPerSecond}`],
      ...["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"],
      ...["-vf", picture.join(","), "-pix_fmt", "yuv420p"],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-sc_threshold", "0"],
      ...["-b:v", `${videoKbps}k`, "-maxrate", `${videoKbps}k`, "-bufsize", `${videoKbps}k`],
      ...["-g", String(Math.round(framesPerSecond * keyframeSeconds))],
      ...["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-flush_packets", "1", "-f", "flv", url],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  return asPublisher(child);
}
