import { expect, test } from "vitest";
import { createRemoteHasher } from "./remote-hasher.ts";

/** A hasher whose connections fail some times before one answers. */
function hasherFailing(failures: number) {
  let asked = 0;
  const fetch = async () => {
    if (++asked <= failures) throw new TypeError("the connection was closed");
    return Response.json({ matches: true });
  };
  return {
    hasher: createRemoteHasher({ url: "http://hasher.test", internalApiKey: "key", fetch }),
    asked: () => asked,
  };
}

test("a connection that was closed at the other end is tried again, once", async () => {
  const { hasher, asked } = hasherFailing(1);
  expect(await hasher.verify("password", "stored")).toBe(true);
  expect(asked()).toBe(2);
});

test("a hasher that is away is a part of the service that is away", async () => {
  const { hasher, asked } = hasherFailing(9);
  await expect(hasher.verify("password", "stored")).rejects.toMatchObject({ code: "unavailable" });
  expect(asked()).toBe(2);
});
