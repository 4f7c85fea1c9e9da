import type { ReportMoment } from "../../protocol/analytics.ts";

/** What happened, in a word or two. */
export const momentWords: Record<ReportMoment["kind"], string> = {
  "session-start": "Session starts",
  "session-end": "Session ends",
  "stream-start": "On air",
  "stream-lost": "Picture lost",
  "stream-end": "Off air",
  poll: "Poll",
  announcement: "Announcement",
  "drop-out": "Drop-out",
};

/** The same in one line with what it was about. */
export function momentLine({ kind, text }: ReportMoment): string {
  if (kind === "drop-out") return `${text} viewers left`;
  return text === "" ? momentWords[kind] : `${momentWords[kind]}: ${text}`;
}

/** In the order of time; of one instant, as they came. */
export function inOrderOfTime(moments: readonly ReportMoment[]): ReportMoment[] {
  return moments.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
