import { expect, it } from "vitest";
import { type WorkerdService, workerdConfiguration } from "./workerd-configuration.ts";

const service: WorkerdService = {
  name: "api",
  bundle: "worker.js",
  compatibilityDate: "2026-04-01",
  compatibilityFlags: ["nodejs_compat"],
  variables: ["JWT_SECRET"],
  durableObjects: [{ binding: "HOST", className: "ApiHost" }],
  directories: [{ binding: "ASSETS", name: "pages" }],
  sockets: [{ name: "direct" }, { name: "internal", entrypoint: "internal" }],
};

it("takes values from the environment and addresses from the command line, so that no secret stands in the file", () => {
  const text = workerdConfiguration(service);
  expect(text).toContain('( name = "JWT_SECRET", fromEnvironment = "JWT_SECRET" )');
  expect(text).toContain('address = "127.0.0.1:0"');
});

it("gives each socket its own entrypoint and a mark that a client cannot set", () => {
  const text = workerdConfiguration(service);
  expect(text).toMatch(/name = "direct".*name = "x-rostrum-socket", value = "direct".*service = "api"/);
  expect(text).toMatch(
    /name = "internal".*value = "internal".*service = \( name = "api", entrypoint = "internal" \)/,
  );
});

it("keeps the objects that hold connections, and serves folders read-only", () => {
  const text = workerdConfiguration(service);
  expect(text).toContain('( className = "ApiHost", uniqueKey = "rostrum-ApiHost", preventEviction = true )');
  expect(text).toContain('( name = "pages", disk = ( path = "/nonexistent", writable = false ) )');
});

it("writes names as literals, whatever is in them", () => {
  expect(workerdConfiguration({ ...service, bundle: 'a"b.js' })).toContain('embed "a\\"b.js"');
});
