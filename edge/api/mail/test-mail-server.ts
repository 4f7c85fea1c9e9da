/** A real SMTP server for tests, which keeps what it was sent. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { testServerCertificate, testServerKey } from "./test-certificates.ts";

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Whether TLS was on. */
  secure: boolean;
  user: string | null;
  /** Headers and text as they came over the wire. */
  raw: string;
}

export interface TestMailServer {
  port: number;
  mails: ReceivedMail[];
  /** What the next mails are refused with. */
  refuseWith: string | null;
  stop(): Promise<void>;
}

export async function startTestMailServer(options: SMTPServerOptions = {}): Promise<TestMailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    key: testServerKey,
    cert: testServerCertificate,
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      password === "p@ss:word" ? done(null, { user: username }) : done(new Error("no")),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (made.refuseWith !== null) return done(new Error(made.refuseWith));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: typeof session.user === "string" ? session.user : null,
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  // A client that gives up in the middle is what some tests are about.
  server.on("error", () => {});
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const made: TestMailServer = {
    port: (listening.address() as AddressInfo).port,
    mails,
    refuseWith: null,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
  return made;
}
