/** What viewers asked and voted, as a report shows it. */
import type { EventAnalytics } from "../../protocol/analytics.ts";
import { countWords, shareWords } from "../shared/amounts.ts";
import { barList } from "../shared/charts/bar-list.ts";
import { element } from "../shared/element.ts";

type Titles = Readonly<Record<string, string>>;

/** Shares are of the people who voted: where several answers may be given they come to more than a hundred. */
export function pollResults({ polls, titles }: { polls: EventAnalytics["polls"]; titles: Titles }): Node[] {
  return polls.map(({ sessionId, question, voters, options }) => {
    const share = (votes: number) => (voters === 0 ? 0 : votes / voters);
    return element(
      "article",
      { class: "report-poll", "data-testid": "poll" },
      element("h3", {}, question),
      element("p", { class: "report-note" }, [people(voters), titles[sessionId]].filter(Boolean).join(" · ")),
      barList(
        options.map(({ text, votes }) => ({
          label: text,
          share: share(votes),
          words: `${shareWords(share(votes))} · ${countWords(votes)}`,
        })),
      ),
    );
  });
}

export function topQuestions({
  questions,
  titles,
}: {
  questions: EventAnalytics["topQuestions"];
  titles: Titles;
}): Node[] {
  return questions.map(({ sessionId, text, askedBy, upvotes, answer }) =>
    element(
      "li",
      { class: "top-question", "data-testid": "question" },
      element(
        "p",
        { class: "top-question-votes" },
        element("strong", {}, countWords(upvotes)),
        upvotes === 1 ? " upvote" : " upvotes",
      ),
      element(
        "div",
        {},
        element("p", { class: "top-question-text" }, text),
        element(
          "p",
          { class: "report-note" },
          [askedBy ?? "Anonymous", titles[sessionId]].filter(Boolean).join(" · "),
        ),
        answer === null ? null : element("p", { class: "top-question-answer" }, answer),
      ),
    ),
  );
}

function people(voters: number): string {
  return voters === 1 ? "1 person voted" : `${countWords(voters)} people voted`;
}
