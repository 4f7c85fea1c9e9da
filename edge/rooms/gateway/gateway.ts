/**
 * The gateway party: it holds the sockets of the people whose ids hash to it.
 *
 * What a client can rely on, beyond the tables of the contract:
 * - Every frame from here is a JSON array. A message and the ack of its own sender usually share a frame, ack first.
 * - `session:join` with `after` is acked with `seq` equal to `after`: the missed events follow in the same frame, each
 *   with its own seq, closed by `session:seq` where the last were not for this client. With a snapshot, `seq` is the
 *   snapshot's. So the highest seq a client was told by ack, event or marker is always a safe `after`.
 * - An event may come twice, after a resume: drop what is not above the highest seq already seen.
 * - Commands about one room are carried out in the order sent; `chat:send` may directly follow its `session:join`.
 * - A command whose room is away is tried for 10 s, then answered 503; sending it again with the same ref is safe.
 * - Not JSON, no object, binary or above 16 KiB: closed with 4400 (workerd itself refuses above 1 MiB with 1009). An
 *   unknown type or wrong data: an `error` under the ref, or under null when there is no usable one.
 * - A ping may say how many frames have arrived on this connection (`{"type":"ping","frames":120}`). A client that says
 *   so every 256 KiB or oftener may have 4 MiB on the way to it, and is dropped above; one that never does may be sent
 *   8 MiB between two of its words, and is asked to come back after 64 MiB in all, so that nothing can heap up here.
 * - More than 20 frames a second: 4429. Reads less than it is sent: 4430. Silent for 60 s: 4408. Credentials over: 4401.
 *   Please come back: 1012.
 */
import * as v from "valibot";
import { RecheckRequest, RevokeRequest } from "../../protocol/internal-rooms.ts";
import { closeCodes, realtimeLimits } from "../../protocol/realtime.ts";
import { EdgeApi } from "../edge-api.ts";
import { failure, guarded, internalDoor } from "../internal-guard.ts";
import { actionOf, closeQuietly, type PartyConnection, type PartyRequest, type PartyRoom } from "../party.ts";
import { bodyResponse, problemResponse } from "../problem-response.ts";
import { type RoomsEnvironment, requireEnvironment } from "../rooms-environment.ts";
import { Admissions } from "./admissions.ts";
import { type ReadFrame, readClientFrame } from "./client-frame.ts";
import { ClientSocket } from "./client-socket.ts";
import { Flusher } from "./flusher.ts";
import { askAgainOnce, type Flushable, type GatewayHost } from "./joined-room.ts";
import { JoinedRooms } from "./joined-rooms.ts";
import { RevocationWatch } from "./revocation-watch.ts";
import { readSeatHeaders } from "./seat-headers.ts";
import { Seats } from "./seats.ts";
import { SocketRegister } from "./socket-register.ts";

const sweepMs = 1000;
const restartMs = 5000;
const judgedAtOnce = 500;
/** Who has missed a ping and was sent so much since is not waited for. */
const missedPingMs = 30_000;
const mostToSilent = 1024 * 1024;

const door = internalDoor("gateway", (room) => /^gateway-\d{1,4}$/.test(room));

export default class Gateway implements GatewayHost {
  readonly name: string;
  readonly environment: RoomsEnvironment;
  readonly api: EdgeApi;
  readonly #sockets = new SocketRegister();
  readonly #rooms = new JoinedRooms(this);
  readonly #seats = new Seats(realtimeLimits.socketsPerUser);
  readonly #flusher: Flusher;
  readonly #admissions: Admissions;
  readonly #revocations: RevocationWatch;
  #closedUntil = 0;
  #sweeping: ReturnType<typeof setInterval> | null = null;

  static readonly onBeforeConnect = door.onBeforeConnect;
  static readonly onBeforeRequest = door.onBeforeRequest;

  constructor(room: PartyRoom) {
    this.name = room.id;
    this.environment = requireEnvironment(room.env);
    this.api = new EdgeApi(this.environment);
    this.#admissions = new Admissions(this.api);
    this.#revocations = new RevocationWatch(this.api, (revocation) => this.#revoke(revocation));
    this.#flusher = new Flusher({
      sockets: () => this.#sockets.size,
      failed: (socket) => this.#forget(socket),
      tooSlow: (socket) => this.dismiss(socket, closeCodes.tooSlow, "too slow"),
      unproven: (socket) => this.dismiss(socket, closeCodes.restart, "come back"),
    });
  }

  onConnect(connection: PartyConnection, { request }: { request: PartyRequest }) {
    return guarded(
      "gateway.onConnect",
      () => this.#seat(connection, request),
      () => closeQuietly(connection, 1011, "internal"),
    );
  }

  onMessage(raw: unknown, connection: PartyConnection) {
    return guarded(
      "gateway.onMessage",
      () => this.#receive(raw, connection),
      () => undefined,
    );
  }

  onClose(connection: PartyConnection) {
    const socket = this.#sockets.of(connection);
    if (socket !== undefined) this.#forget(socket);
    // workerd finishes a close that the client began only when it is answered.
    closeQuietly(connection);
  }

  onError(connection: PartyConnection) {
    this.onClose(connection);
  }

  onRequest(request: PartyRequest) {
    return guarded("gateway.onRequest", () => this.#answer(request), failure);
  }

  async #answer(request: PartyRequest): Promise<Response> {
    if (request.method !== "POST") return problemResponse("method-not-allowed");
    switch (actionOf(request)) {
      case "admission": {
        const { token } = v.parse(v.object({ token: v.string() }), await request.json());
        const admission = await this.#admissions.admit(token);
        return admission.ok ? Response.json(admission.viewer) : bodyResponse(admission.problem);
      }
      case "seats":
        return this.#reserve(v.parse(v.object({ viewerId: v.string() }), await request.json()).viewerId);
      case "revoke": {
        const revoke = v.safeParse(RevokeRequest, await request.json());
        if (!revoke.success) return problemResponse("invalid");
        this.#revocations.take(revoke.output);
        return new Response(null, { status: 204 });
      }
      case "recheck": {
        const recheck = v.safeParse(RecheckRequest, await request.json());
        if (!recheck.success) return problemResponse("invalid");
        await this.#recheck(recheck.output.eventId);
        return new Response(null, { status: 204 });
      }
      case "restart":
        return this.#restart();
      default:
        return problemResponse("not-found");
    }
  }

  /** Sends everyone away to come back, and lets nobody in until the process has had time to go. */
  #restart(): Response {
    this.#closedUntil = Date.now() + restartMs;
    for (const socket of this.#sockets.all()) this.dismiss(socket, closeCodes.restart, "restart");
    // workerd ends after SIGTERM only when no socket is open, and these are to itself.
    this.#rooms.closeAll();
    return new Response(null, { status: 204 });
  }

  #reserve(viewerId: string): Response {
    if (Date.now() < this.#closedUntil) {
      return problemResponse("unavailable", { detail: "restarting", retryAfterSeconds: 2 });
    }
    const decision = this.#seats.reserve(viewerId, this.#sockets.ofPerson(viewerId), Date.now());
    if (!decision.ok) {
      const detail = `${realtimeLimits.socketsPerUser} connections are open already`;
      return problemResponse("too-many-sockets", { detail, retryAfterSeconds: 30 });
    }
    if (decision.giveWay !== null) this.dismiss(decision.giveWay, closeCodes.silent, "silent");
    return Response.json({ seat: decision.seat });
  }

  #revoke({ userId, loginId, eventId, code }: RevokeRequest): void {
    const now = Date.now();
    if (loginId !== undefined) this.#sockets.loginEnded(loginId, now);
    else if (eventId === undefined) this.#sockets.personChanged(userId, now);
    const reason = code === closeCodes.banned ? "banned" : "credentials ended";
    for (const socket of this.#sockets.ofPerson(userId)) {
      if (loginId !== undefined && socket.viewer.loginId !== loginId) continue;
      if (eventId !== undefined && !this.#rooms.mayBeIn(socket, eventId)) continue;
      this.dismiss(socket, code, reason);
    }
  }

  /** Sends everyone away who may not be in the event now; who cannot be judged comes back and is judged then. */
  async #recheck(eventId: string): Promise<void> {
    const inside = [...this.#sockets.all()].filter((socket) => this.#rooms.mayBeIn(socket, eventId));
    for (let at = 0; at < inside.length; at += judgedAtOnce) {
      const batch = inside.slice(at, at + judgedAtOnce);
      const viewers = batch.map(({ viewer }) => viewer);
      const answer = await askAgainOnce((asked) => this.api.joinEvent(eventId, asked), viewers);
      for (const [index, socket] of batch.entries()) {
        const stays = answer.ok && answer.value.verdicts[index]?.allowed === true;
        if (!stays && socket.isOpen) this.dismiss(socket, closeCodes.restart, "come back");
      }
    }
  }

  #seat(connection: PartyConnection, request: PartyRequest): void {
    const { viewer, seat } = readSeatHeaders(request.headers);
    if (!this.#seats.take(seat, viewer.viewerId)) {
      closeQuietly(connection, 1013, "no seat");
      return;
    }
    const now = Date.now();
    const socket = new ClientSocket(connection, viewer, now, (queued) => this.#flusher.queueSocket(queued));
    this.#sockets.add(socket);
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs);
    this.#revocations.start();
    if (this.#sockets.hasEnded(viewer.loginId)) {
      this.dismiss(socket, closeCodes.credentialsEnded, "credentials ended");
    } else if (this.#sockets.mayBeOutdated(viewer.viewerId, now)) {
      this.dismiss(socket, closeCodes.restart, "come back");
    }
  }

  #receive(raw: unknown, connection: PartyConnection): void {
    const socket = this.#sockets.of(connection);
    if (socket === undefined) return;
    const now = Date.now();
    socket.heard(now);
    if (!socket.budget.spend(now)) {
      this.dismiss(socket, closeCodes.flooding, "too many frames");
    } else if (socket.expiresAt <= now) {
      this.dismiss(socket, closeCodes.credentialsEnded, "credentials ended");
    } else {
      this.#handle(socket, readClientFrame(raw));
    }
  }

  #handle(socket: ClientSocket, frame: ReadFrame): void {
    switch (frame.kind) {
      case "malformed":
        this.dismiss(socket, closeCodes.malformed, frame.reason);
        break;
      case "refused":
        socket.refuse(frame.ref, frame.problem);
        break;
      case "ping":
        if (frame.frames !== undefined) socket.outflow.prove(frame.frames);
        socket.queue('{"type":"pong"}');
        break;
      case "command":
        this.#rooms.carryOut(socket, frame.command);
    }
  }

  queued(room: Flushable): void {
    this.#flusher.queueRoom(room);
  }

  queuedSoft(room: Flushable): void {
    this.#flusher.queueSoft(room);
  }

  socketsOf(viewerId: string): ClientSocket[] {
    return this.#sockets.ofPerson(viewerId);
  }

  dismiss(socket: ClientSocket, code: number, reason: string): void {
    this.#flusher.sendNow(socket);
    this.#forget(socket);
    closeQuietly(socket.connection, code, reason);
  }

  #forget(socket: ClientSocket): void {
    socket.isOpen = false;
    this.#sockets.remove(socket);
    this.#rooms.leaveAll(socket);
  }

  #sweep(): void {
    const now = Date.now();
    for (const socket of this.#sockets.all()) {
      if (socket.expiresAt <= now) this.dismiss(socket, closeCodes.credentialsEnded, "credentials ended");
      else if (now - socket.heardAt >= realtimeLimits.silentSeconds * 1000) {
        this.dismiss(socket, closeCodes.silent, "silent");
      } else if (now - socket.heardAt >= missedPingMs && socket.outflow.unheard > mostToSilent) {
        this.dismiss(socket, closeCodes.tooSlow, "too slow");
      }
    }
    const isDeserted = this.#rooms.sweep(now);
    if (this.#sockets.forgetOld(now) && isDeserted) this.#rest();
  }

  #rest(): void {
    if (this.#sweeping !== null) clearInterval(this.#sweeping);
    this.#sweeping = null;
    this.#revocations.stop();
  }
}
