import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

/**
 * What a machine can tell of WCAG 2.1, levels A and AA, and of good practice: names, roles, contrast, focus order, landmarks. A failure
 * lists the rule and the elements; what the rules mean stands at dequeuniversity.com/rules/axe.
 */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(atRest);
  const { violations } = await new AxeBuilder({ page }).withTags(levels).analyze();
  expect(
    violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.map(({ html, failureSummary }) => `${html} — ${failureSummary}`),
    })),
  ).toEqual([]);
}

/**
 * Runs in the page: what answers to a new size or a new look, a frame later, has done so, and nothing is on its way
 * from one colour or place to another, where it has the contrast of neither.
 */
async function atRest(): Promise<void> {
  for (let frame = 0; frame < 2; frame++)
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
  const passing = document
    .getAnimations()
    .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
  await Promise.allSettled(passing.map(({ finished }) => finished));
}
