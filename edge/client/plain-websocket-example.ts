import WebSocket from "ws";

/** The README's example of a client with nothing of ours; `print` writes a line. */
export function plainExample(url: string, token: string, sessionId: string, print: (line: string) => void) {
  let after: number | undefined;
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?token=${token}`);
  const say = (type: string, data: object) =>
    socket.send(JSON.stringify({ type, ref: crypto.randomUUID(), data: { sessionId, ...data } }));
  socket.on("open", () => say("session:join", { after }));
  socket.on("message", (frame) => {
    for (const { type, seq, data, problem } of JSON.parse(String(frame))) {
      if (seq !== undefined) after = seq; // where to resume after a break
      if (type === "ack" && data.mine) print("in");
      if (type === "chat:message") print(`${data.user.name} says ${data.text}`);
      if (type === "error") print(problem.title);
    }
  });
  const pings = setInterval(() => socket.send('{"type":"ping"}'), 25_000);
  socket.on("close", () => clearInterval(pings));
  return { say: (text: string) => say("chat:send", { text }), close: () => socket.close() };
}
