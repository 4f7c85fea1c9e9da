import { expect, it } from "vitest";
import { planInstall, toolsToRun } from "./prerequisites.ts";

const { nginx, ffmpeg, redis } = toolsToRun;
const debian = ["debian"];

it("does nothing when nothing is missing", () => {
  expect(planInstall([], { isRoot: false, systems: [] })).toEqual({ kind: "nothing" });
});

it("installs Debian's packages as root on Debian and Ubuntu", () => {
  const packages = ["nginx-light", "libnginx-mod-rtmp", "redis-server"];
  expect(planInstall([nginx, redis], { isRoot: true, systems: debian })).toMatchObject({ packages });
  expect(planInstall([nginx, redis], { isRoot: true, systems: ["ubuntu", "debian"] })).toMatchObject({
    packages,
  });
});

it("names the exact command to a user who is not root", () => {
  expect(planInstall([ffmpeg], { isRoot: false, systems: debian })).toEqual({
    kind: "refuse",
    sentence:
      "FFmpeg is missing: run `sudo apt-get update && sudo apt-get install -y --no-install-recommends ffmpeg`, then start again.",
  });
});

it("says what is needed on other systems", () => {
  expect(planInstall([ffmpeg, redis], { isRoot: true, systems: ["fedora"] })).toEqual({
    kind: "refuse",
    sentence:
      "FFmpeg, Redis are missing: install them with this system's package manager (Debian's packages are ffmpeg, redis-server), or run Rostrum with docker-compose.",
  });
});
