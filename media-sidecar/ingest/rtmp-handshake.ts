import type { Socket } from "node:net";

const handshakeBytes = 1536;
const handshakeSeconds = 10;

/**
 * The simple handshake (Adobe, RTMP 1.0, §5.2), client side; answers what came behind S2. `onData` is told who takes
 * the socket's bytes meanwhile. Rejects, and destroys the socket, when the server is away or silent.
 */
export function shakeHands(
  socket: Socket,
  onData: (receiver: (data: Buffer) => void) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let echoed = false;
    const timer = setTimeout(
      () => settle(new Error("the RTMP server did not greet")),
      handshakeSeconds * 1000,
    );
    const settle = (outcome: Error | Buffer) => {
      clearTimeout(timer);
      socket.off("error", settle);
      socket.off("close", closed);
      if (outcome instanceof Error) {
        socket.on("error", () => {});
        socket.destroy();
        reject(outcome);
      } else {
        resolve(outcome);
      }
    };
    const closed = () => settle(new Error("connection closed in the handshake"));
    const receive = (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (!echoed && received.length >= 1 + handshakeBytes) {
        echoed = true;
        socket.write(received.subarray(1, 1 + handshakeBytes));
      }
      if (received.length >= 1 + 2 * handshakeBytes) settle(received.subarray(1 + 2 * handshakeBytes));
    };
    onData(receive);
    socket.on("error", settle);
    socket.on("close", closed);
    // Version 3; the zeros where a digest would be ask for the simple form.
    const greeting = Buffer.alloc(1 + handshakeBytes);
    greeting[0] = 3;
    socket.write(greeting);
  });
}
