import { cpus } from "node:os";

/** How much of the processors nobody used lately: looks a second apart, over the last ten. */
export class ProcessorIdle {
  readonly #looks: { idle: number; total: number }[] = [];

  /** To be called about once a second; more often does no harm but shortens what is looked at. */
  look(): void {
    let [idle, total] = [0, 0];
    for (const { times } of cpus()) {
      idle += times.idle;
      total += times.user + times.nice + times.sys + times.irq + times.idle;
    }
    this.#looks.push({ idle, total });
    if (this.#looks.length > 11) this.#looks.shift();
  }

  /** 0 to 1; 0 while too little was seen. */
  get share(): number {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    if (first === undefined || last === undefined || this.#looks.length < 11) return 0;
    return last.total === first.total ? 0 : (last.idle - first.idle) / (last.total - first.total);
  }
}
