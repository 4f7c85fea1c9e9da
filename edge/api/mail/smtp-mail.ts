/** Mail over SMTP, in Node and in workerd. */
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { createTransport } from "nodemailer";
import type { MailPort } from "./mail.ts";

export interface SmtpSettings {
  /** `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://host:465`. */
  smtpUrl: string;
  /** As in the From header. */
  from: string;
  /** How long the server may say nothing. */
  patienceMs?: number;
}

export function createSmtpMail({ smtpUrl, from, patienceMs = 15_000 }: SmtpSettings): MailPort {
  return {
    leaves: true,
    mostAtOnce: Number.POSITIVE_INFINITY,
    open() {
      const transport = createTransport({
        url: smtpUrl,
        pool: true,
        maxConnections: 2,
        greetingTimeout: patienceMs,
        socketTimeout: patienceMs,
        // A mail is text and nothing else.
        disableFileAccess: true,
        disableUrlAccess: true,
        getSocket: (_options: unknown, callback: SocketCallback) =>
          openSocket(new URL(smtpUrl), patienceMs, callback),
      });
      return {
        send: async ({ to, subject, text }) => {
          // As an object: a list would be parsed out of a string.
          await transport.sendMail({ from, to: { name: "", address: to }, subject, text });
        },
        close: () => transport.close(),
      };
    },
  };
}

type SocketCallback = (error: Error | null, options?: { connection: Socket; secured: boolean }) => void;

/**
 * The library would look names up by itself, which in workerd means DNS over HTTPS at a public resolver; a name in a
 * private network is known to the runtime's own sockets alone. And workerd cannot put TLS on a socket that the
 * library has begun to read, so with `smtps:` the socket begins with it.
 */
function openSocket(server: URL, patienceMs: number, callback: SocketCallback): void {
  const secured = server.protocol === "smtps:";
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const port = Number(server.port || (secured ? 465 : 587));
  const socket = secured ? connectSecurely({ host, port, servername: host }) : connect(port, host);
  let isDone = false;
  const finish = (error: Error | null) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (error) {
      socket.destroy();
      callback(error);
    } else callback(null, { connection: socket, secured });
  };
  const timer = setTimeout(() => finish(new Error("the mail server did not answer")), patienceMs);
  socket.once(secured ? "secureConnect" : "connect", () => finish(null));
  socket.on("error", finish);
}
