import { randomInt } from "node:crypto";
import { failureToListen } from "../../edge/local/ports.ts";

/**
 * Below the ports that a running Rostrum chooses for itself, which are below those that the system gives out. Each
 * worker of a test run takes from some of its own: between the answer and the moment somebody listens, no test beside
 * this one can be answered the same. A thousand in all, so that copies that are told by different ones of them choose
 * different ones, too. Above 10080, which neither browsers nor fetch() will call.
 */
const first = 10_100;
const ofWorker = 200;
const workers = 5;

const start = first + (Number(process.env.VITEST_POOL_ID ?? 0) % workers) * ofWorker;
let next = randomInt(ofWorker);

/** A TCP port that nobody listens on at this moment, another one at each call. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ofWorker; attempt++) {
    const port = start + (next++ % ofWorker);
    if ((await failureToListen(port, null)) === null) return port;
  }
  throw new Error(`no port is free between ${start} and ${start + ofWorker - 1}`);
}

/** So many that follow each other, the first of them. */
export async function freePortsInARow(count: number): Promise<number> {
  for (let attempt = 0; attempt < ofWorker; attempt++) {
    const ports = [await freePort()];
    while (ports.length < count && ports.at(-1) === ports[0]! + ports.length - 1)
      ports.push(await freePort());
    if (ports.at(-1) === ports[0]! + count - 1) return ports[0]!;
  }
  throw new Error(`no ${count} ports in a row are free between ${start} and ${start + ofWorker - 1}`);
}
