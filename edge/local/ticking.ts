const everyMs = 30_000;

/** Reminds the API of work whose time has come; an API that is away is reminded again. Answers what stops it. */
export function startTicking(internalUrl: string, internalApiKey: string): () => void {
  const timer = setInterval(() => {
    fetch(`${internalUrl}/internal/tick`, {
      method: "POST",
      headers: { authorization: `Bearer ${internalApiKey}` },
      signal: AbortSignal.timeout(10_000),
    })
      .then((response) => response.body?.cancel())
      .catch(() => {});
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
