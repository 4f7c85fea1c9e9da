import { expect, test } from "vitest";
import { internalPortsOf } from "./choose-ports.ts";
import { StartRefusal } from "./start-refusal.ts";

test("each process of the API has an internal port: from INTERNAL_PORT on, one behind the other", () => {
  expect(internalPortsOf({ internalPort: 9001, apiProcesses: 1 })).toEqual([9001]);
  expect(internalPortsOf({ internalPort: 9001, apiProcesses: 3 })).toEqual([9001, 9002, 9003]);
  expect(internalPortsOf({ internalPort: null, apiProcesses: 3 })).toEqual([]);
});

test("there is none behind 65535, which is said before anything starts", () => {
  expect(internalPortsOf({ internalPort: 65_534, apiProcesses: 2 })).toEqual([65_534, 65_535]);
  expect(() => internalPortsOf({ internalPort: 65_534, apiProcesses: 3 })).toThrow(StartRefusal);
});
