/** The bundle under workerd, as it is deployed, against the real edge API on a database of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../testing/support/free-port.ts";
import { waitFor } from "../../testing/support/wait-for.ts";
import { createHttpRoomsClient } from "../api/rooms-client/http-rooms-client.ts";
import { signIn } from "../api/streams/test-client.ts";
import { makeEvent, makeSession, makeStream, makeUser, makeUsers, seat } from "../api/streams/test-scene.ts";
import { createTestApi, type TestApi, testInternalKey } from "../api/test-application.ts";
import type { Role } from "../protocol/accounts.ts";
import type { RoomPeople } from "../protocol/internal-rooms.ts";
import { gatewayFor } from "../protocol/realtime.ts";
import { roomUrl } from "../protocol/room-placement.ts";
import { bundleRooms } from "./bundle.ts";
import { TestHeap } from "./test-heap.ts";
import { TestSocket } from "./test-socket.ts";

const repositoryRoot = resolve(import.meta.dirname, "../..");

export interface Person {
  userId: string;
  loginId: string;
  token: string;
}

/** An answer in the API's place, another made of the API's, a connection cut before or after the API has acted. */
type Intervention = null | Response | ((answer: Response) => Promise<Response>) | "cut" | "act, then cut";

function isRunning(child: ChildProcess | null): child is ChildProcess {
  return child !== null && child.exitCode === null && child.signalCode === null;
}

export class TestRooms {
  readonly api: TestApi;
  /** Of each process. */
  readonly urls: readonly string[];
  /** Of the first. */
  readonly url: string;
  /** Calls of the rooms to the API, as `METHOD path`. */
  readonly apiCalls: string[] = [];
  /** Stands between the rooms and the API. */
  intercept: (request: Request) => Intervention = () => null;
  readonly #server: Server;
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #inspectorPort: number | null;
  readonly #processes: (ChildProcess | null)[];
  #output = "";

  private constructor(
    api: TestApi,
    server: Server,
    folder: string,
    ports: readonly number[],
    inspectorPort: number | null,
  ) {
    this.api = api;
    this.#server = server;
    this.#folder = folder;
    this.#ports = ports;
    this.#inspectorPort = inspectorPort;
    this.#processes = ports.map(() => null);
    this.urls = ports.map((port) => `http://127.0.0.1:${port}`);
    this.url = this.urls[0]!;
  }

  /** `variables` are the API's. */
  static async start(
    processes = 1,
    { inspected = false, variables = {} }: { inspected?: boolean; variables?: Record<string, string> } = {},
  ): Promise<TestRooms> {
    const folder = await mkdtemp(join(tmpdir(), "rostrum-test-rooms-"));
    const [api, ports, inspectorPort] = await Promise.all([
      createTestApi(variables),
      Promise.all(Array.from({ length: processes }, () => freePort())),
      inspected ? freePort() : null,
      bundleRooms(repositoryRoot, folder),
    ]);
    const server = createServer((request, response) => {
      rooms.#serve(request, response).catch((error: NodeJS.ErrnoException) => {
        // The rooms were killed while they asked; anything else fails the run.
        if (error.code !== "ECONNRESET") throw error;
      });
    });
    const rooms: TestRooms = new TestRooms(api, server, folder, ports, inspectorPort);
    // workerd keeps a connection for 5 s, which is Node's own time as well: a call must not meet its end.
    server.keepAliveTimeout = 60_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    await rooms.startProcess();
    return rooms;
  }

  /** As `start`, with an API that tells the rooms instead of only noting it, and an admin who calls it. */
  static async startReached(
    adminName?: string,
    variables: Record<string, string> = {},
  ): Promise<{ rooms: TestRooms; admin: Person }> {
    const rooms = await TestRooms.start(1, { variables });
    const { deps } = rooms.api;
    deps.rooms = createHttpRoomsClient({
      roomsUrl: rooms.url,
      internalApiKey: testInternalKey,
      gateways: 2,
      log: deps.log,
    });
    return { rooms, admin: await rooms.newcomer("admin", adminName) };
  }

  /** Starts those that do not run. */
  async startProcess(): Promise<void> {
    await Promise.all(this.#processes.map((child, index) => isRunning(child) || this.#start(index)));
  }

  async #start(index: number): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const inspector = index === 0 ? this.#inspectorPort : null;
    const child = spawn(
      join(repositoryRoot, "node_modules/.bin/workerd"),
      [
        ...["serve", join(this.#folder, "rooms.capnp")],
        ...["--socket-addr", `http=127.0.0.1:${this.#ports[index]}`],
        ...(inspector === null ? [] : [`--inspector-addr=127.0.0.1:${inspector}`]),
      ],
      {
        env: {
          EDGE_INTERNAL_URL: `http://127.0.0.1:${port}`,
          INTERNAL_API_KEY: testInternalKey,
          ROOMS_URL: this.urls.join(),
          ROOM_PROCESS: String(index),
          GATEWAYS: "2",
        },
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        this.#output = (this.#output + String(data)).slice(-20_000);
      });
    }
    this.#processes[index] = child;
    await waitFor("the rooms to be ready", async () => (await fetch(`${this.urls[index]}/health`)).ok, {
      everyMilliseconds: 20,
    });
  }

  /** Of the first process. */
  get pid(): number {
    return this.#processes[0]!.pid!;
  }

  /** What the process has written, the newest 20,000 characters. */
  get output(): string {
    return this.#output;
  }

  /** What the first process holds, until it ends; only where they were started `inspected`. */
  heap(): Promise<TestHeap> {
    if (this.#inspectorPort === null) throw new Error("these rooms were not started to be inspected");
    return TestHeap.open(this.pid, this.#inspectorPort);
  }

  /** Ends the processes, or one of them. */
  async kill(signal: NodeJS.Signals = "SIGKILL", only?: number): Promise<void> {
    const ended = this.#processes.map(async (child, index) => {
      if (!isRunning(child) || (only !== undefined && only !== index)) return;
      child.kill(signal);
      await once(child, "exit");
    });
    await Promise.all(ended);
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.api.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = new Request(`http://api${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers: incoming.headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    this.apiCalls.push(`${request.method} ${new URL(request.url).pathname}`);
    const instead = this.intercept(request);
    if (instead === "cut") return void incoming.socket.destroy();
    let response = instead instanceof Response ? instead : await this.api.internalApp.fetch(request);
    if (typeof instead === "function") response = await instead(response);
    const body = Buffer.from(await response.arrayBuffer());
    if (instead === "act, then cut") return void incoming.socket.destroy();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
  }

  /** At one of the processes. */
  socketUrl(token: string, process = 0): string {
    return `${this.urls[process]!.replace("http", "ws")}/ws?token=${encodeURIComponent(token)}`;
  }

  connect(person: Person, process = 0): Promise<TestSocket> {
    return TestSocket.open(this.socketUrl(person.token, process));
  }

  /** A socket that has joined the session, and is told what it missed from behind `after` on. */
  async join(person: Person, sessionId: string, after?: number): Promise<TestSocket> {
    const socket = await this.connect(person);
    await socket.acked("session:join", { sessionId, ...(after === undefined ? {} : { after }) });
    return socket;
  }

  /** Who is in a session, as its room has it. */
  async peopleIn(sessionId: string): Promise<RoomPeople> {
    return (await (await this.tell(`/parties/session/${sessionId}/people`, {})).json()) as RoomPeople;
  }

  /** A call to a party with the internal key, as the API makes it. */
  tell(path: string, body: unknown, key = testInternalKey): Promise<Response> {
    return fetch(roomUrl(this.urls, path), {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        // workerd ends a connection that idles for 5 s: a process that was kept from its processor would still use it.
        connection: "close",
      },
      body: JSON.stringify(body),
    });
  }

  /** A public event that is live, with one session and one stream, and people who have joined it. */
  async scene(people = 2) {
    const { db } = this.api.deps;
    const eventId = await makeEvent(db);
    const sessionId = await makeSession(db, eventId);
    const stream = await makeStream(db, { sessionId });
    const userIds = await makeUsers(db, people);
    await seat(db, eventId, ...userIds);
    const persons = await Promise.all(userIds.map((userId) => this.#person(userId)));
    return { eventId, sessionId, stream, persons };
  }

  /** A scene, and two of its people whose sockets are held by different gateways. */
  async pair() {
    const { persons, ...scene } = await this.scene(1);
    const [first] = persons;
    const gateway = ({ userId }: Person) => gatewayFor(userId, 2);
    const second = await this.seated(scene.eventId, (person) => gateway(person) !== gateway(first!));
    return { ...scene, first: first!, second };
  }

  /**
   * Somebody of the event who suits. Where a person belongs follows from an id that is random: of any fixed number of
   * people all may belong to one place.
   */
  async seated(eventId: string, suits: (person: Person) => boolean): Promise<Person> {
    const { db } = this.api.deps;
    for (;;) {
      const [userId] = await makeUsers(db, 1);
      await seat(db, eventId, userId!);
      const person = await this.#person(userId!);
      if (suits(person)) return person;
    }
  }

  /** Someone who is nothing to any event. */
  async newcomer(role?: Role, name?: string): Promise<Person> {
    return this.#person(await makeUser(this.api.deps.db, role, name));
  }

  async #person(userId: string): Promise<Person> {
    return { userId, ...(await signIn(this.api, userId)) };
  }
}
