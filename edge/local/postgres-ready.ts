import { connect } from "node:net";

/**
 * Whether PostgreSQL takes logins: its answer to a start-up message is an authentication request (`R`) rather than
 * an error (`E`, as while it recovers). No password is needed for that.
 */
export function postgresAnswers(port: number, user: string, database: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once("error", () => finish(false));
    socket.once("close", () => finish(false));
    socket.once("connect", () => socket.write(startupMessage(user, database)));
    socket.once("data", (data) => finish(data[0] === "R".charCodeAt(0)));
  });
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html : length, version 3.0, pairs, zero. */
function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0\0`, "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
