/** Seconds around a kill in which beats are lost, on a busy machine too. */
const before = 4;
const after = 8;
const minute = 60;

/**
 * How long to wait with the beginning of a run, in seconds, so that no full minute passes while a killed process is away.
 * `now` in seconds since 1970, `killsAt` in seconds of the run.
 *
 * Signs of viewers are kept by the minute. From the last of one to the first of the next somebody whose picture stands
 * counts as there for three beats: with the short ones of a run hardly as long as a process is away.
 */
export function secondsToBeginning(now: number, killsAt: readonly number[]): number {
  const isMinute = (wait: number) =>
    killsAt.some((at) => {
      const kill = now + wait + at;
      return Math.floor((kill + after) / minute) > Math.floor((kill - before) / minute);
    });
  let wait = 0;
  while (wait < minute && isMinute(wait)) wait++;
  return wait;
}
