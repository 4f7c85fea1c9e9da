/**
 * Why something cannot start, as one sentence that says what to do about it. The command line prints the sentence
 * alone, without a stack; anything else thrown is a defect and is shown whole.
 */
export class StartRefusal extends Error {
  override readonly name = "StartRefusal";
}
