import { ApiError, bodyOf, createRostrumClient } from "./api-client.ts";

/** The README's example of the client. */
export async function example(email: string, password: string): Promise<string> {
  const anyone = createRostrumClient("http://localhost:8080");
  const { token } = await bodyOf(anyone.api.auth.login.$post({ json: { email, password } }));
  const { events, streams } = createRostrumClient("http://localhost:8080", token).api;
  const { id } = await bodyOf(events.$post({ json: { title: "Spring conference" } }));
  const session = await bodyOf(events[":id"].sessions.$post({ param: { id }, json: { title: "Keynote" } }));
  const stream = { title: "Main stage", sessionId: session.id };
  const { streamKey, ingestUrl } = await bodyOf(streams.$post({ json: stream }));
  await events[":id"].join.$post({ param: { id }, json: {} }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.problem.type !== "/problems/event-full") throw error;
  });
  return `publish to ${ingestUrl} with the key ${streamKey}`;
}
