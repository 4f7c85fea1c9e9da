import { expect, test } from "vitest";
import { ingestUrl, playbackUrl } from "./stream-addresses.ts";

test("an ingest address names the port only where it is not RTMP's own", () => {
  expect(ingestUrl("localhost", 1935)).toBe("rtmp://localhost:1935/live");
  expect(ingestUrl("localhost", 2935)).toBe("rtmp://localhost:2935/live");
  expect(ingestUrl("media.example:4000", 2935)).toBe("rtmp://media.example:4000/live");
});

test("a host with a scheme is taken as it is, for TLS in front", () => {
  expect(ingestUrl("rtmps://media.example", 2935)).toBe("rtmps://media.example/live");
  expect(playbackUrl("https://media.example/", "pb_a")).toBe("https://media.example/hls/pb_a/master.m3u8");
});

test("a token stands in the path, so that child playlists inherit it", () => {
  expect(playbackUrl("localhost:8080", "pb_a")).toBe("http://localhost:8080/hls/pb_a/master.m3u8");
  expect(playbackUrl("localhost:8080", "pb_a", "e.y.J")).toBe(
    "http://localhost:8080/hls/pb_a/~e.y.J/master.m3u8",
  );
});
