import { Agent, type IncomingHttpHeaders, request } from "node:http";
import WebSocket, { type ClientOptions } from "ws";
import type { SeededRandom } from "../kills/seeded-random.ts";

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface HttpQuestion {
  method?: "GET" | "POST";
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Hangs up as soon as all was sent. */
  hangsUp?: boolean;
}

const patienceMs = 10_000;

/** A device's way to the server: an address of its own and connections that all end when it changes. */
export class ViewerNetwork {
  readonly #random: SeededRandom;
  readonly #sockets = new Set<WebSocket>();
  #address: string;
  #agent: Agent;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#address = this.#anotherAddress();
    this.#agent = this.#connect();
  }

  /** Null: no answer came. */
  ask({
    method = "GET",
    url,
    headers = {},
    body,
    hangsUp = false,
  }: HttpQuestion): Promise<HttpAnswer | null> {
    return new Promise((resolve) => {
      const asked = request(url, { method, agent: this.#agent, headers, timeout: patienceMs });
      asked.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on("error", () => resolve(null));
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve(null));
      asked.on("close", () => resolve(null));
      asked.end(body, () => {
        if (hangsUp) asked.destroy();
      });
    });
  }

  /** A class for clients that open sockets, which then go through this network. */
  get WebSocket(): typeof WebSocket {
    const network = this;
    return class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[] | null, options?: ClientOptions) {
        super(address, protocols ?? [], { ...options, localAddress: network.#address });
        network.#sockets.add(this);
        this.on("close", () => network.#sockets.delete(this));
      }
    } as typeof WebSocket;
  }

  /** From Wi-Fi to the telephone: everything is connected anew from elsewhere. */
  change(): void {
    this.drop();
    this.#address = this.#anotherAddress();
    this.#agent = this.#connect();
  }

  /** All connections end, none of them with a word. */
  drop(): void {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.terminate();
  }

  #connect(): Agent {
    // Node hands it on to net.connect(), which its types of agents do not know.
    const options = { keepAlive: true, maxSockets: 4, localAddress: this.#address };
    return new Agent(options);
  }

  /** The whole of 127/8 is this machine. */
  #anotherAddress(): string {
    const part = () => 1 + this.#random.index(250);
    return `127.${part()}.${part()}.${part()}`;
  }
}
