import type { EventAnalytics, ReportMoment } from "../../protocol/analytics.ts";
import { countWords } from "../shared/amounts.ts";
import { Chart, readTogether } from "../shared/charts/chart.ts";
import { timeTicks, valueTicks } from "../shared/charts/chart-axis.ts";
import { DataTable } from "../shared/charts/data-table.ts";
import { required } from "../shared/element.ts";
import { term } from "./defined-term.ts";
import type { FigureName } from "./figure-names.ts";
import { MomentPins } from "./moment-pins.ts";
import { inOrderOfTime } from "./moment-words.ts";
import { type Curve, type CurvePoint, curveOf, momentPlaces } from "./report-curve.ts";
import { isLongReport, momentTime } from "./report-words.ts";

type Amount = Exclude<keyof CurvePoint, "at">;

interface CurveChart {
  amount: Amount;
  chart: Chart;
}

/** Always in minutes: an axis of hours and minutes is round in neither. */
const minuteWords = (minutes: number) => `${countWords(minutes)} min`;
/** As many times as a sheet or a screen has room for; a phone shows every other. */
const mostTimes = 9;

/** Viewers, watch time and chat over the time of the event, on one axis, with what happened. */
export class CurveCharts {
  #curve: Curve | null = null;
  #isLong = false;
  #pins = new MomentPins(required("#moment-list"));
  #table = new DataTable("Viewers, watch time and messages over time");
  #charts: CurveChart[] = [
    { amount: "peakViewers", chart: this.#chart("peakViewers", "Viewers at once", countWords, 4) },
    { amount: "watchMinutes", chart: this.#chart("watchSeconds", "Watch time", minuteWords, 1) },
    { amount: "messagesAMinute", chart: this.#chart("chatRate", "Messages a minute", countWords, 4) },
  ];
  #drawn = "";

  constructor() {
    const charts = this.#charts.map(({ chart }) => chart);
    readTogether(charts);
    charts[0]!.root.querySelector(".chart-head")!.after(this.#pins.root);
    required("#curve").append(...charts.map(({ root }) => root), this.#table.root);
  }

  show(report: EventAnalytics): void {
    const { curve, moments } = report;
    const key = JSON.stringify([curve, moments]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#curve = curveOf(curve);
    required<HTMLElement>("#curve-part").hidden = this.#curve === null;
    if (this.#curve === null) return;
    this.#isLong = isLongReport(report);
    this.#draw(this.#curve, inOrderOfTime(moments));
  }

  #draw(curve: Curve, moments: readonly ReportMoment[]): void {
    const { from, to, stepMs, points } = curve;
    const places = momentPlaces(moments, curve);
    required<HTMLElement>("#moments-part").hidden = moments.length === 0;
    this.#pins.show(moments, places, this.#isLong);
    const marks = places.map((place) => from + place * (to - from));
    for (const { amount, chart } of this.#charts) {
      const drawn = points.map((point) => ({ at: point.at, value: point[amount] }));
      chart.show(drawn, from, to, amount === "peakViewers" ? { marks } : { barWidth: stepMs });
    }
    this.#table.show(() => ({
      heads: ["Time", "Viewers at once", "Different viewers", "Watch time", "Messages a minute"],
      rows: points.map(({ at, peakViewers, viewers, watchMinutes, messagesAMinute }) => [
        this.#time(at),
        countWords(peakViewers),
        countWords(viewers),
        minuteWords(watchMinutes),
        countWords(messagesAMinute),
      ]),
    }));
  }

  #chart(figure: FigureName, name: string, words: (value: number) => string, leastTop: number): Chart {
    return new Chart({
      title: term(figure, name),
      name: `${name} over time`,
      words,
      atWords: (at) => this.#time(at),
      leastTop,
      atRest: "",
      axis: {
        values: (top) => valueTicks(top, words),
        places: (from, to) => timeTicks(from, to, mostTimes),
      },
    });
  }

  /** A step is called by its beginning. */
  #time(at: number): string {
    return momentTime(at - (this.#curve?.stepMs ?? 0) / 2, this.#isLong);
  }
}
