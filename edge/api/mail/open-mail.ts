import type { Log } from "../../protocol/log.ts";
import type { Environment } from "../environment.ts";
import type { MailPort } from "./mail.ts";
import { createSmtpMail } from "./smtp-mail.ts";

/**
 * SMTP where it is configured. Else, in development, mails are written to the log, where their links can be followed;
 * in a deployment a link in a log would be a way in, so there they are not made, and the log says so once.
 */
export function openMail({ mail: { smtpUrl, from, toLog } }: Pick<Environment, "mail">, log: Log): MailPort {
  if (smtpUrl !== null) return createSmtpMail({ smtpUrl, from });
  if (toLog) {
    return {
      leaves: true,
      mostAtOnce: 200,
      open: () => ({ send: async (mail) => log.info("mail-not-sent", { ...mail }), close: () => {} }),
    };
  }
  return createNoMail(log);
}

function createNoMail(log: Log): MailPort {
  let hasSaidSo = false;
  return {
    mostAtOnce: 0,
    get leaves() {
      if (!hasSaidSo) log.warn("mail-not-configured", { message: "SMTP_URL is not set: no mail is sent" });
      hasSaidSo = true;
      return false;
    },
    open: () => {
      throw new Error("no mail can be sent: SMTP_URL is not set");
    },
  };
}
