/** Something that holds a place among a person's sockets. */
export interface Seated {
  readonly heardAt: number;
}

export type SeatDecision<S> = { ok: true; seat: string; giveWay: S | null } | { ok: false };

/** A reservation that was not taken up is free again after this. */
const reservationMs = 10_000;
/** Clients ping every 25 s: a socket that missed one is most likely a connection that the network lost. */
const presumedLostMs = 35_000;

/**
 * Places for sockets, so many a person. They are given before the upgrade, because only then can it be refused with
 * a status. When all are taken, a socket that is presumed lost gives way: a phone that changes networks would
 * otherwise lock itself out.
 */
export class Seats {
  readonly #reserved = new Map<string, { viewerId: string; until: number }>();
  readonly #perPerson: number;

  constructor(perPerson: number) {
    this.#perPerson = perPerson;
  }

  reserve<S extends Seated>(viewerId: string, open: Iterable<S>, now: number): SeatDecision<S> {
    let taken = 0;
    for (const [seat, reservation] of this.#reserved) {
      if (reservation.until <= now) this.#reserved.delete(seat);
      else if (reservation.viewerId === viewerId) taken++;
    }
    let oldest: S | null = null;
    for (const socket of open) {
      taken++;
      if (oldest === null || socket.heardAt < oldest.heardAt) oldest = socket;
    }
    const giveWay = taken >= this.#perPerson ? oldest : null;
    if (taken >= this.#perPerson && (giveWay === null || now - giveWay.heardAt < presumedLostMs)) {
      return { ok: false };
    }
    const seat = crypto.randomUUID();
    this.#reserved.set(seat, { viewerId, until: now + reservationMs });
    return { ok: true, seat, giveWay };
  }

  /** Whether this seat was reserved for this person; it can be taken once. */
  take(seat: string, viewerId: string): boolean {
    const reservation = this.#reserved.get(seat);
    return reservation?.viewerId === viewerId && this.#reserved.delete(seat);
  }
}
