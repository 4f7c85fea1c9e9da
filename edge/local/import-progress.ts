import type { ImportMessage } from "../protocol/user-import.ts";

export interface ProgressOutput {
  /** Said of single rows, and at the end. */
  print(text: string): void;
  /** Draws over what it drew before; null where the output is no terminal. */
  draw: ((text: string) => void) | null;
}

const barWidth = 40;
const mostRowsNamed = 1000;

/** Shows an import as it goes: a bar that moves, a line for each row that needs a look, the summary. */
export class ImportProgress {
  readonly #output: ProgressOutput;
  #named = 0;
  #tenths = 0;
  /** Null until the import has ended. */
  exitCode: number | null = null;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  take(message: ImportMessage): void {
    switch (message.type) {
      case "progress":
        this.#progress(message.done, message.total);
        return;
      case "row":
        if (message.detail !== undefined)
          this.#name(`line ${message.line}: ${message.status}, ${message.detail}`);
        return;
      case "summary": {
        const { created, updated, skipped, invalid, dryRun } = message;
        const rest = this.#named - mostRowsNamed;
        if (rest > 0) this.#output.print(`… and ${rest} rows more.`);
        this.#output.print(
          `${dryRun ? "Dry run, nothing was done. " : ""}Created ${created}, updated ${updated}, skipped ${skipped}, invalid ${invalid}.`,
        );
        this.exitCode = invalid > 0 ? 1 : 0;
        return;
      }
      case "error":
        this.#output.print(
          `The import stopped: ${message.problem.title}. What was said above is done; running the file again does the rest.`,
        );
        this.exitCode = 1;
    }
  }

  #name(text: string): void {
    this.#named++;
    if (this.#named > mostRowsNamed) return;
    this.#output.draw?.("");
    this.#output.print(text);
  }

  #progress(done: number, total: number): void {
    const share = total === 0 ? 1 : done / total;
    if (this.#output.draw) {
      const full = Math.round(share * barWidth);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      this.#output.draw(`${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done} of ${total}`);
      if (share === 1) this.#output.draw("");
      return;
    }
    // A file or a pipe: ten lines, not a thousand.
    if (share < 1 && Math.floor(share * 10) <= this.#tenths) return;
    this.#tenths = Math.floor(share * 10);
    this.#output.print(`${done} of ${total}`);
  }
}
