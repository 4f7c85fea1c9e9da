/**
 * Asks again until the answer is neither null, undefined nor false; the answer itself is returned. `what` names the
 * condition in the error. Errors thrown meanwhile count as "not yet" and are shown if it never comes.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutSeconds = 30, everyMilliseconds = 100 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const until = Date.now() + timeoutSeconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) {
        return answer as NonNullable<Exclude<T, false>>;
      }
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`waited ${timeoutSeconds} s in vain: ${what}; last seen: ${seen}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
  }
}
