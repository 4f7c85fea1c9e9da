import { expect, test } from "vitest";
import { anonymousOn, devicesOf } from "./people-devices.ts";

const phone = { device: "phone", browser: "Safari", players: 1 };

test("a person's devices are named, and how many tabs there are when there are several", () => {
  const desktops = { device: "desktop", browser: "Chrome", players: 2 };
  expect(devicesOf({ connections: 3, devices: [desktops, phone] })).toBe(
    "2 × desktop (Chrome), phone (Safari) · 3 tabs",
  );
  expect(devicesOf({ connections: 1, devices: [{ device: "tv", browser: "other", players: 1 }] })).toBe("tv");
  expect(devicesOf({ connections: 2, devices: [] })).toBe("2 tabs");
  expect(devicesOf({ connections: 1, devices: [] })).toBe("");
});

test("those who have not signed in are counted by kind of device", () => {
  expect(
    anonymousOn([
      { device: "phone", viewers: 2 },
      { device: "desktop", viewers: 1 },
    ]),
  ).toBe(" (2 on phone, 1 on desktop)");
  expect(anonymousOn([])).toBe("");
});
