import type { ProblemBody } from "../protocol/problem.ts";

/** A command that was refused, or was not answered before its deadline (`unavailable`). */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";
  constructor(readonly problem: ProblemBody) {
    super(problem.detail ?? problem.title);
  }
}
