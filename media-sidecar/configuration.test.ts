import { describe, expect, it } from "vitest";
import { parseConfiguration } from "./configuration.ts";

const good = {
  DATA_DIR: "/data",
  MEDIA_DIR: "/data/media",
  SIDECAR_PORT: "4001",
  RTMP_CONTROL_PORT: "4002",
  EDGE_INTERNAL_URL: "http://127.0.0.1:4003/",
  INTERNAL_API_KEY: "internal",
};

describe("the sidecar's configuration", () => {
  it("has defaults for what nobody must decide", () => {
    expect(parseConfiguration(good)).toMatchObject({
      rtmpPort: 1935,
      ffmpegPath: "ffmpeg",
      nodeName: null,
      rewindLimitSeconds: 86_400,
      leastFreeBytes: 256 * 1024 ** 2,
      edgeInternalUrl: "http://127.0.0.1:4003",
    });
  });

  it("treats an empty variable as one that is not set", () => {
    expect(() => parseConfiguration({ ...good, INTERNAL_API_KEY: "" })).toThrow(
      "INTERNAL_API_KEY is not set",
    );
    expect(parseConfiguration({ ...good, NODE_NAME: "" }).nodeName).toBeNull();
  });

  it("names everything that is wrong at once, without its value", () => {
    const wrong = { ...good, SIDECAR_PORT: "70000", MEDIA_DIR: "media", NODE_NAME: "s3cret name" };
    const refusal = () => parseConfiguration(wrong);
    expect(refusal).toThrow(/SIDECAR_PORT .*MEDIA_DIR|MEDIA_DIR .*SIDECAR_PORT/);
    expect(refusal).toThrow(/NODE_NAME/);
    expect(refusal).not.toThrow(/s3cret|70000/);
  });
});
