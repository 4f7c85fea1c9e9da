/** One mail to one person, in plain text. */
export interface Mail {
  /** An address as `normaliseEmail` leaves it. */
  to: string;
  subject: string;
  text: string;
}

/** How mails leave. */
export interface MailPort {
  /** False: mails cannot leave from here, so nobody need be promised one. */
  readonly leaves: boolean;
  /** More mails at once than this are not made: nobody would read them. */
  readonly mostAtOnce: number;
  /** A connection for a few mails; at Cloudflare, a socket may not outlive the request that opened it. */
  open(): MailConnection;
}

export interface MailConnection {
  /** Rejects when the mail was not taken; it may be tried again later. */
  send(mail: Mail): Promise<void>;
  close(): void;
}
