/** What is to be said of the sound. */
import type { HealthRule } from "./stream-condition.ts";
import { seconds } from "./wording.ts";

const fact = { after: 1, calm: 2 };
const swing = { after: 2, calm: 3 };

const plainSampleRateHz = 48_000;
const leadMs = { bad: 500, good: 250 };
/** Of an interval without any: sound that comes in bursts is not missing. */
const silentSeconds = 5;

export const soundRules: readonly HealthRule[] = [
  {
    code: "sound-missing",
    ...fact,
    judge({ source, interval }) {
      if (source === null || interval === null) return "unsure";
      if (source.audioCodec === null)
        return { bad: "No sound is sent, and viewers hear silence: check the audio mixer in OBS" };
      if (interval.sounds > 0) return "good";
      // Nothing at all came: that is not the sound's fault.
      if (interval.pictures === 0 || interval.seconds < silentSeconds) return "unsure";
      return {
        bad: "The sound has stopped, and the picture goes on without it: check the audio mixer in OBS",
      };
    },
  },
  {
    code: "sound-rate-odd",
    ...fact,
    judge({ source }) {
      const rate = source?.audioSampleRateHz ?? null;
      if (rate === null) return "unsure";
      if (rate === plainSampleRateHz) return "good";
      return {
        bad: `The sound comes with ${rate / 1000} kHz and has to be converted: set 48 kHz in OBS (Settings → Audio → Sample Rate)`,
      };
    },
  },
  {
    code: "sound-channels-odd",
    ...fact,
    judge({ source }) {
      const channels = source?.audioChannels ?? null;
      if (channels === null) return "unsure";
      if (channels === 2) return "good";
      const what =
        channels === 1
          ? "The sound is mono"
          : `The sound has ${channels} channels, of which viewers hear two`;
      return { bad: `${what}: set Stereo in OBS (Settings → Audio → Channels)` };
    },
  },
  {
    code: "sound-drifts",
    ...swing,
    judge({ interval }) {
      const lead = interval?.soundLeadMs ?? null;
      if (lead === null) return "unsure";
      const apart = Math.abs(lead);
      if (apart < leadMs.bad) return apart < leadMs.good ? "good" : "unsure";
      const where = lead > 0 ? "ahead of" : "behind";
      return {
        bad: `The sound is sent ${seconds(apart / 1000)} ${where} the picture: set the audio source's sync offset to 0 in OBS, and use one clock for camera and sound`,
      };
    },
  },
];
