/** Which of the numbered messages one client has, exactly: a bit each. */
export class Arrivals {
  #bits = new Uint8Array(64);

  /** False when it was here already. */
  add(number: number): boolean {
    const [index, bit] = [number >> 3, 1 << (number & 7)];
    if (index >= this.#bits.length) this.#grow(index);
    if ((this.#bits[index]! & bit) !== 0) return false;
    this.#bits[index]! |= bit;
    return true;
  }

  has(number: number): boolean {
    return ((this.#bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }

  #grow(index: number): void {
    const bits = new Uint8Array(Math.max(this.#bits.length * 2, index + 1));
    bits.set(this.#bits);
    this.#bits = bits;
  }
}
