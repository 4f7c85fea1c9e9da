import { realtimeLimits } from "../protocol/realtime.ts";

/** UTF-16 units after which the rooms hear what has arrived. */
const tellEvery = 256 * 1024;
const pingMs = realtimeLimits.pingSeconds * 1000;
const silentMs = pingMs + 10_000;

/** Of one socket: when it was last heard, and what of it the rooms have been told. Times in milliseconds. */
export class Liveness {
  #lastPingAt = 0;
  #lastHeardAt = 0;
  /** Frames of this socket, and what came since the rooms were last told of them. */
  #frames = 0;
  #untold = 0;

  opened(now: number): void {
    this.#lastHeardAt = now;
    this.#lastPingAt = now;
    this.#frames = 0;
    this.#untold = 0;
  }

  heard(frame: unknown, now: number): void {
    this.#lastHeardAt = now;
    this.#frames++;
    this.#untold += typeof frame === "string" ? frame.length : 0;
  }

  /** A laptop that wakes holds a socket that looks open and is dead. */
  isSilent(now: number): boolean {
    return now - this.#lastHeardAt > silentMs;
  }

  /** By time; or because much came: in a busy room the rooms would otherwise take a socket for one that does not read. */
  isPingDue(now: number): boolean {
    return this.#untold >= tellEvery || now - this.#lastPingAt >= pingMs;
  }

  /** What has arrived, to be said now. */
  ping(now: number): { type: "ping"; frames: number } {
    this.#lastPingAt = now;
    this.#untold = 0;
    return { type: "ping", frames: this.#frames };
  }
}
