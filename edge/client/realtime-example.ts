import WebSocket from "ws";
import { connectRostrum } from "./connect-rostrum.ts";

/** The README's example of the realtime client; `print` writes a line. */
export async function example(url: string, token: string, sessionId: string, print: (line: string) => void) {
  // Browsers, and Node from 22 on, bring a WebSocket of their own.
  const rostrum = connectRostrum({ url, token, WebSocket });
  const session = rostrum.session(sessionId);
  session.on("joined", ({ snapshot }) => {
    for (const { user, text } of snapshot?.messages ?? []) print(`${user.name} said ${text}`);
  });
  session.on("chat:message", ({ data }) => print(`${data.user.name} says ${data.text}`));
  session.on("poll:new", ({ data }) => void session.vote(data.id, [data.options[0]!.id]));
  session.on("question:upvote", ({ data }) => print(`${data.questionId} has ${data.upvotes} upvotes`));
  await session.sendChat("Good morning from a program");
  await session.ask("Will there be slides?", { anonymous: true });
  await session.react("👏");
  return rostrum;
}
