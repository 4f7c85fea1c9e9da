import type { SessionAnalytics } from "../../protocol/analytics.ts";
import { shareWords } from "../shared/amounts.ts";
import { Chart } from "../shared/charts/chart.ts";
import { shareTicks } from "../shared/charts/chart-axis.ts";
import { DataTable } from "../shared/charts/data-table.ts";
import { element, required } from "../shared/element.ts";

const halves = shareTicks.filter((_, index) => index % 2 === 0);

interface RetentionChart {
  root: HTMLElement;
  chart: Chart;
  table: DataTable;
  drawn: string;
}

/** How many of those who came early were still there, one small chart a session. */
export class RetentionCharts {
  #root = required<HTMLElement>("#retention");
  #charts = new Map<string, RetentionChart>();

  show(sessions: readonly SessionAnalytics[]): void {
    const seen = sessions.filter(({ retention }) => retention.some(({ share }) => share > 0));
    required<HTMLElement>("#retention-part").hidden = seen.length === 0;
    for (const [id, { root }] of this.#charts)
      if (!seen.some(({ sessionId }) => sessionId === id)) {
        root.remove();
        this.#charts.delete(id);
      }
    for (const session of seen) this.#show(session);
  }

  #show({ sessionId, title, retention }: SessionAnalytics): void {
    const known = this.#charts.get(sessionId) ?? this.#make(sessionId, title);
    const key = JSON.stringify(retention);
    if (key === known.drawn) return;
    known.drawn = key;
    const step = 1 / retention.length;
    const points = retention.map(({ at, share }) => ({ at: at + step / 2, value: share }));
    known.chart.show(points, 0, 1);
    known.table.show(() => ({
      heads: ["Into the session", "Still there"],
      rows: retention.map(({ at, share }) => [shareWords(at), shareWords(share)]),
    }));
  }

  #make(sessionId: string, title: string): RetentionChart {
    const chart = new Chart({
      title,
      name: `Retention of ${title}`,
      words: shareWords,
      atWords: (at) => `${Math.floor(at * 100)} % of the session`,
      leastTop: 1,
      atRest: "",
      axis: { values: () => halves, places: () => shareTicks },
    });
    const table = new DataTable(`Retention of ${title}`);
    const root = element("div", { class: "retention" }, chart.root, table.root);
    this.#root.append(root);
    const made = { root, chart, table, drawn: "" };
    this.#charts.set(sessionId, made);
    return made;
  }
}
