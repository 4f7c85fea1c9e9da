import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { ServerMessage } from "../../edge/protocol/realtime.ts";
import { type ChatLoad, chat } from "./chat-load.ts";
import { Crowd } from "./crowd.ts";

/** What a room of this kind does wrong, on purpose. */
interface Faults {
  /** This seq does not reach the second client. */
  loses?: number;
  /** This seq is said once more to the second client, as if it were new. */
  doubles?: number;
  /** What the second client had last comes once more when it returns, with the seq it had. */
  repeats?: true;
  /** What would have this seq is never answered. */
  silentAt?: number;
}

const sessionId = "ses_load";
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** As little of a room as the generator needs: one session, one log. */
async function faultyRoom(faults: Faults): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  closing.push(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const log: { seq: number; text: string }[] = [];
  const members = new Map<WebSocket, string>();
  const known = new Set<string>();
  const say = (socket: WebSocket, ...messages: Record<string, unknown>[]) =>
    socket.send(JSON.stringify(messages));
  const message = (seq: number, text: string) => ({
    type: "chat:message" satisfies ServerMessage["type"],
    sessionId,
    seq,
    data: { id: `msg_${seq}`, seq, sessionId, text },
  });

  server.on("connection", (socket, request) => {
    const name = new URL(request.url ?? "", "http://room").searchParams.get("token") ?? "";
    socket.on("close", () => members.delete(socket));
    socket.on("message", (raw) => {
      const { type, ref, data } = JSON.parse(String(raw));
      if (type === "session:join") {
        const after = data.after ?? log.length;
        const isRepeating = data.after !== undefined && name === "b" && faults.repeats === true;
        members.set(socket, name);
        const missed = log.filter(({ seq }) => seq > after || (isRepeating && seq === after));
        say(
          socket,
          { type: "ack", ref, data: { seq: after, mine: {} } },
          ...missed.map((one) => message(one.seq, one.text)),
        );
      } else if (type === "chat:send") {
        if (known.has(ref)) {
          say(socket, { type: "ack", ref, data: {} });
          return;
        }
        known.add(ref);
        const seq = log.length + 1;
        log.push({ seq, text: data.text });
        if (seq !== faults.silentAt) say(socket, { type: "ack", ref, data: {} });
        for (const [member, its] of members) {
          if (its === "b" && seq === faults.loses) continue;
          say(member, message(seq, data.text));
          if (its === "b" && seq === faults.doubles) say(member, message(seq + 1, data.text));
        }
      }
    });
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** `drainSeconds` are over as soon as nothing is missing; what never comes is waited for all of them. */
async function load(
  faults: Faults,
  { cuts, drainSeconds = 10 }: Partial<Pick<ChatLoad, "cuts" | "drainSeconds">> = {},
) {
  const crowd = new Crowd({
    wire: "rostrum",
    origin: await faultyRoom(faults),
    sessionIds: [sessionId],
    run: "test",
    entering: 2,
    // Both talk: what one may not say any more after the processor was away for a second, the other may.
    people: ["a", "b"].map((token) => ({ token, session: 0, sends: true })),
  });
  closing.push(() => crowd.close());
  await crowd.enterAll();
  const rules = { rate: 20, seconds: cuts === undefined ? 1 : 2, warmUpSeconds: 0, drainSeconds };
  return chat(crowd, { ...rules, ...(cuts === undefined ? {} : { cuts }) });
}

describe("the load generator", () => {
  it("finds nothing wrong where nothing is", async () => {
    const result = await load({});
    expect(result).toMatchObject({ lost: 0, doubled: 0, repeated: 0, unanswered: 0, refused: {}, drops: {} });
    expect(result.expected).toBe(result.sent * 2);
    expect(result.sent).toBeGreaterThan(15);
  });

  it("finds the one delivery of many that is missing", async () => {
    expect(await load({ loses: 10 }, { drainSeconds: 2 })).toMatchObject({ lost: 1, doubled: 0 });
  });

  it("finds the one that came twice under another seq", async () => {
    expect(await load({ doubles: 10 })).toMatchObject({ lost: 0, doubled: 1 });
  });

  it("finds the command that was never answered", async () => {
    expect(await load({ silentAt: 10 }, { drainSeconds: 2 })).toMatchObject({ unanswered: 1 });
  });

  it("takes what comes again after a return, under the seq it had, for a repetition that clients drop", async () => {
    expect(await load({ repeats: true }, { cuts: "at-once" })).toMatchObject({
      lost: 0,
      doubled: 0,
      repeated: 1,
    });
  });
});
