import type { Mail } from "./mail.ts";
import { lifetimeWords, type PasswordTokenKind } from "./password-tokens.ts";

export interface MailFacts {
  kind: PasswordTokenKind;
  to: string;
  name: string;
  /** Of the event that an invitation is to. */
  eventTitle: string | null;
  /** What the recipient opens. */
  link: string;
}

/** The token stands behind `#`: browsers send that part to nobody, and no log has it. */
export function passwordLink(publicUrl: string, token: string): string {
  return `${publicUrl}/password#${token}`;
}

export function writeMail({ kind, to, name, eventTitle, link }: MailFacts): Mail {
  const lifetime = lifetimeWords[kind];
  if (kind === "reset") {
    return {
      to,
      subject: "Choose a new password",
      text: `Hello ${name},

someone, probably you, asked for a new password here. Choose one by this link:

${link}

It works once, for ${lifetime}. If it was not you, there is nothing to do: your password stays as it is.
`,
    };
  }
  const what = eventTitle === null ? "" : ` to ${oneLine(eventTitle)}`;
  return {
    to,
    subject: `Your invitation${what}`,
    text: `Hello ${name},

you are invited${what}. An account is waiting for you; choose its password by this link:

${link}

It works once, for ${lifetime}. After that, ask for a new one by "forgotten password" with this address.
`,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
