/** Two ways to read an RTMP socket: of our own nginx, thriftily; of a stranger, with care. */
import { connect, type Socket } from "node:net";
import type { RtmpAddress } from "./rtmp-address.ts";

/** Takes what has been read, whole or in part, and says whether there was media in it. */
export type Receive = (data: Buffer) => { media: boolean };

/** A socket, and who is to take what it reads from now on. */
export interface ReadSocket {
  readonly socket: Socket;
  onData(receive: Receive): void;
}

const readBytes = 65_536;
const gatherMs = 40;
/** Of a stranger: answers to commands are smaller, and rare. */
const largeRead = 4096;

/** One buffer for all reads: what is to be kept of it has to be copied. */
export function connectThriftily({ host, port }: RtmpAddress): ReadSocket {
  // While media flows, a few frames a read: each wakes Node and then FFmpeg, which costs more than the frames themselves.
  let receive: Receive = () => ({ media: false });
  const onread = {
    buffer: Buffer.alloc(readBytes),
    callback: (count: number, buffer: Uint8Array) => {
      const { media } = receive(Buffer.from(buffer.buffer, buffer.byteOffset, count));
      if (!media || count === readBytes) return true;
      setTimeout(() => socket.resume(), gatherMs);
      return false;
    },
  };
  const socket: Socket = connect({ host, port, noDelay: true, onread });
  return {
    socket,
    onData: (receiver) => {
      receive = receiver;
    },
  };
}

/** A socket that is connected already, to a peer that nobody vouches for. */
export function readCarefully(socket: Socket): ReadSocket {
  let receive: Receive = () => ({ media: false });
  socket.on("data", (data: Buffer) => {
    receive(data);
    // A peer that never stops talking gets a share of our time, and no more.
    if (data.length < largeRead) return;
    socket.pause();
    setTimeout(() => socket.resume(), gatherMs);
  });
  return {
    socket,
    onData: (receiver) => {
      receive = receiver;
    },
  };
}
