import type { Recording } from "../../protocol/recordings.ts";
import { clockWords, sizeWords } from "../shared/amounts.ts";

/** A recording in words, for who keeps it. */
export interface RecordingWords {
  status: string;
  tone: "live" | "busy" | "off" | "problem";
  /** Length and size. */
  facts: string;
  /** 0 to 1 while its files are made. */
  progress: number | null;
  /** Where its copy in a bucket stands, or what went wrong. */
  note: string;
}

export function recordingWords(recording: Recording): RecordingWords {
  const { status, progress, durationSeconds, sizeBytes, error, upload } = recording;
  const facts = [clockWords(durationSeconds), sizeWords(sizeBytes)].join(" · ");
  const note = error ?? (upload === null ? "" : uploads[upload]);
  switch (status) {
    case "recording":
      return { status: "Recording", tone: "live", facts, progress: null, note };
    case "processing": {
      const share = progress === null ? "" : `, ${Math.floor(progress * 100)} %`;
      return { status: `Being finished${share}`, tone: "busy", facts, progress: progress ?? 0, note };
    }
    case "ready":
      return { status: "", tone: "off", facts, progress: null, note };
    case "failed":
      return { status: "Failed", tone: "problem", facts, progress: null, note };
  }
}

const uploads = {
  waiting: "Waits to be copied to the bucket",
  uploading: "Being copied to the bucket",
  done: "Copied to the bucket",
  failed: "Could not be copied to the bucket; it is tried again",
} as const;
