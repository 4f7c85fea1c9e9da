import { expect, test } from "vitest";
import { Outflow } from "./outflow.ts";

const mebi = 1024 * 1024;

test("a client that never says a word may be sent 8 MiB", () => {
  const outflow = new Outflow();
  for (let sent = 0; sent < 8; sent++) expect(outflow.send(mebi)).toBe("fine");
  expect(outflow.send(1)).toBe("too slow");
});

test("a client that is heard may be sent more, and is asked to begin anew when it never says what arrived", () => {
  const outflow = new Outflow();
  for (let sent = 0; sent < 64; sent++) {
    outflow.heard();
    expect(outflow.send(mebi)).toBe("fine");
  }
  outflow.heard();
  expect(outflow.send(1)).toBe("unproven");
});

test("a client that says what arrived may have 4 MiB on the way, and any amount behind it", () => {
  const outflow = new Outflow();
  for (let frame = 1; frame <= 400; frame++) {
    expect(outflow.send(mebi / 2)).toBe("fine");
    outflow.prove(frame - 3);
  }
  for (let frame = 0; frame < 4; frame++) expect(outflow.send(mebi / 2)).toBe("fine");
  outflow.heard();
  expect(outflow.send(mebi)).toBe("too slow");
});

test("what a client makes up proves no more than was sent", () => {
  const outflow = new Outflow();
  outflow.prove(Number.MAX_SAFE_INTEGER);
  for (let sent = 0; sent < 4; sent++) expect(outflow.send(mebi)).toBe("fine");
  outflow.prove(-5);
  outflow.prove(0);
  expect(outflow.send(1)).toBe("too slow");
});

test("many small frames are proved about as exactly as large ones", () => {
  const outflow = new Outflow();
  let frames = 0;
  let isFine = true;
  for (let round = 0; round < 50; round++) {
    for (let frame = 0; frame < 2000; frame++) isFine = outflow.send(1000) === "fine" && isFine;
    frames += 2000;
    outflow.prove(frames - 1000);
  }
  expect(isFine).toBe(true);
});
