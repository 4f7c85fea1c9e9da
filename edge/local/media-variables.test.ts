import { expect, it } from "vitest";
import { readMediaLimits } from "./media-variables.ts";

it("leaves to the media machine what is not said", () => {
  expect(readMediaLimits({ REWIND_LIMIT_SECONDS: "", PATH: "/bin" })).toEqual({});
});

it("reads what is said, and names what cannot be used", () => {
  const said = {
    REWIND_LIMIT_SECONDS: "3600",
    KEEP_ENDED_SECONDS: "60",
    LEAST_FREE_MB: "4096",
    RELAY_ALLOW_PRIVATE: "true",
    FREE_SPACE_MIN_MB: "2048",
    RECORDINGS_KEEP_DAYS: "30",
    RECORDINGS_MAX_GB: "500",
    RECORDING_RENDITIONS: "top",
    ENCODER: "h264_vaapi",
    ENCODING_CAPACITY: "120000000",
    METRICS_PORT: "9464",
  };
  expect(readMediaLimits(said)).toEqual({
    rewindLimitSeconds: 3600,
    keepEndedSeconds: 60,
    leastFreeMegabytes: 4096,
    relayAllowPrivate: true,
    freeSpaceMinMegabytes: 2048,
    recordingsKeepDays: 30,
    recordingsMaxGigabytes: 500,
    recordingRenditions: "top",
    encoder: "h264_vaapi",
    encodingCapacity: 120_000_000,
    metricsPort: 9464,
  });
  expect(() => readMediaLimits({ ENCODER: "mpeg2" })).toThrow(/ENCODER must be auto or one of/);
  expect(() => readMediaLimits({ METRICS_PORT: "http" })).toThrow(/METRICS_PORT must be a port number/);
  expect(() => readMediaLimits({ ENCODING_CAPACITY: "0" })).toThrow(/ENCODING_CAPACITY must be a whole/);
  expect(() => readMediaLimits({ KEEP_ENDED_SECONDS: "soon" })).toThrow(/KEEP_ENDED_SECONDS must be a whole/);
  expect(() => readMediaLimits({ RECORDING_RENDITIONS: "none" })).toThrow(/RECORDING_RENDITIONS must be all/);
  expect(() => readMediaLimits({ RELAY_ALLOW_PRIVATE: "yes" })).toThrow(
    /RELAY_ALLOW_PRIVATE must be true or/,
  );
});
