import { figures } from "../../protocol/figures.ts";
import { countWords } from "../shared/amounts.ts";
import { ApiError } from "../shared/api-client.ts";
import { required, setText } from "../shared/element.ts";
import { describeProblem } from "../shared/problem-words.ts";
import { RepeatedLook } from "../shared/repeated-look.ts";
import { mayPass } from "../watch/stream-loader.ts";
import { CurveCharts } from "./curve-charts.ts";
import { drawMeanings, showMeanings } from "./defined-term.ts";
import { nameSheets } from "./printed-sheets.ts";
import { drawDownloads } from "./report-downloads.ts";
import { type LoadedReport, loadReport } from "./report-loader.ts";
import { ReportPart } from "./report-part.ts";
import {
  browserBars,
  deviceBars,
  engagementBars,
  figureList,
  renditionBars,
  sessionTable,
} from "./report-tables.ts";
import {
  asOfWords,
  datesWords,
  emptyWords,
  isLongReport,
  isSettled,
  keyFigures,
  qualityFigures,
} from "./report-words.ts";
import { RetentionCharts } from "./retention-charts.ts";
import { pollResults, topQuestions } from "./said-and-voted.ts";

const lookEveryMs = 15_000;

const part = <T>(id: string, draw: (shown: T) => Node[]) => new ReportPart(required(`#${id}`), draw);

/** The report of one event, which goes on by itself until the event is over. */
export class ReportPage {
  #eventId: string;
  #closed: (error: ApiError) => void;
  #isSettled = false;
  #curve = new CurveCharts();
  #retention = new RetentionCharts();
  #keyFigures = part("key-figures", figureList);
  #sessions = part("sessions", sessionTable);
  #quality = part("quality", figureList);
  #renditions = part("renditions", renditionBars);
  #engagement = part("engagement", engagementBars);
  #devices = part("devices", deviceBars);
  #browsers = part("browsers", browserBars);
  #polls = part("polls", pollResults);
  #questions = part("questions", topQuestions);

  /** `closed` is told why there is nothing to see for these eyes. */
  constructor(eventId: string, closed: (error: ApiError) => void) {
    this.#eventId = eventId;
    this.#closed = closed;
    drawMeanings(required("#meanings"));
    showMeanings();
    drawDownloads(required("#downloads"), eventId);
    setText(required("#retention-words"), figures.retention);
    required("#print").addEventListener("click", () => print());
    new RepeatedLook(lookEveryMs, () => this.#look()).now();
  }

  async #look(): Promise<void> {
    if (this.#isSettled) return;
    try {
      const loaded = await loadReport(this.#eventId);
      this.#isSettled = isSettled(loaded.report, loaded.event.status);
      this.#show(loaded);
      setText(required("#trouble"), "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What is on the page already stays: old news is better than none.
      if (!mayPass(error)) this.#closed(error);
      else this.#wait(`${describeProblem(error.problem)} Trying again by itself.`);
    }
  }

  #wait(words: string): void {
    setText(required("#trouble"), words);
    setText(required("#loading"), words);
  }

  #show(loaded: LoadedReport): void {
    const { report, event } = loaded;
    const { summary, sessions, polls, topQuestions: questions } = report;
    const isEmpty = report.from === null && summary.uniqueViewers === 0;
    document.body.dataset.reportState = isEmpty ? "empty" : "shown";
    required<HTMLElement>("#loading").hidden = true;
    required<HTMLElement>("#report").hidden = false;
    this.#showHead(loaded);
    const isLong = isLongReport(report);
    this.#keyFigures.show(keyFigures(summary, isLong));
    this.#curve.show(report);
    this.#sessions.show({ sessions, isLong });
    this.#retention.show(sessions);
    this.#quality.show(qualityFigures(summary.quality));
    this.#renditions.show(summary.renditions);
    this.#engagement.show(summary);
    this.#devices.show(report.devices);
    this.#browsers.show(report.browsers);
    const titles = Object.fromEntries(event.sessions.map(({ id, title }) => [id, title]));
    this.#polls.show({ polls, titles });
    this.#questions.show({ questions, titles });
    const isThere = {
      "sessions-part": sessions.length > 0,
      "quality-part": !isEmpty,
      "audience-part": !isEmpty,
      "polls-part": polls.length > 0,
      "questions-part": questions.length > 0,
    };
    for (const [id, there] of Object.entries(isThere)) required<HTMLElement>(`#${id}`).hidden = !there;
  }

  #showHead({ report, event }: LoadedReport): void {
    document.title = `${report.title} · Report · Rostrum`;
    nameSheets(report.title);
    setText(required("#title"), report.title);
    setText(required("#dates"), datesWords(report, event));
    setText(required("#as-of"), asOfWords(report.asOf));
    const live = required<HTMLElement>("#live");
    live.hidden = event.status !== "live";
    setText(live, `Live, ${countWords(report.summary.viewersNow)} watching now`);
    const empty = emptyWords(report, event.status);
    required<HTMLElement>("#empty").hidden = empty === null;
    setText(required("#empty"), empty ?? "");
    const logo = required<HTMLImageElement>("#logo");
    const { logoUrl } = event.branding;
    logo.hidden = logoUrl === null;
    if (logoUrl !== null && logo.getAttribute("src") !== logoUrl) logo.src = logoUrl;
  }
}
