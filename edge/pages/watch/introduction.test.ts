import { expect, test } from "vitest";
import { Introduction } from "./introduction.ts";

/** A question to the server, answered when the test says so. */
function question() {
  const asked = { begun: false, resolve: () => {}, reject: () => {} };
  const answer = new Promise<string>((resolve, reject) => {
    asked.resolve = () => resolve("known");
    asked.reject = () => reject(new Error("not for you"));
  });
  const request = () => {
    asked.begun = true;
    return answer;
  };
  return { asked, request };
}
const settled = () => new Promise(setImmediate);

test("who is not known yet asks one thing at a time, and then all at once", async () => {
  const introduction = new Introduction();
  const questions = [question(), question(), question()];
  const answers = questions.map(({ request }) => introduction.ask(request));
  await settled();
  expect(questions.map(({ asked }) => asked.begun)).toEqual([true, false, false]);
  questions[0]?.asked.resolve();
  await settled();
  expect(questions.map(({ asked }) => asked.begun)).toEqual([true, true, true]);
  for (const { asked } of questions) asked.resolve();
  expect(await Promise.all(answers)).toEqual(["known", "known", "known"]);
});

test("who was turned away is not known: the next one asks alone", async () => {
  const introduction = new Introduction();
  const questions = [question(), question(), question()];
  const answers = questions.map(({ request }) => introduction.ask(request).catch(() => "refused"));
  questions[0]?.asked.reject();
  await settled();
  expect(questions.map(({ asked }) => asked.begun)).toEqual([true, true, false]);
  for (const { asked } of questions) asked.resolve();
  expect(await Promise.all(answers)).toEqual(["refused", "known", "known"]);
});
