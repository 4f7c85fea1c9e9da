import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./public-address.ts";

describe("what belongs to the public internet", () => {
  it.each(["8.8.8.8", "142.250.185.78", "99.255.255.255", "100.128.0.1", "172.32.0.1", "223.255.255.1"])(
    "%s does",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    "2a00:1450:4001:82a::200e",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::808:808",
  ])("%s does", (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"],
    ...["172.31.255.255", "192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
  ])("%s does not", (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    ...[
      "::",
      "::1",
      "fe80::1",
      "fc00::1",
      "fd12:3456::1",
      "fec0::1",
      "ff02::1",
      "2001:db8::1",
      "2002:7f00:1::",
    ],
    ...[
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "::ffff:a9fe:a9fe",
      "::ffff:0:1",
      "64:ff9b::7f00:1",
      "::127.0.0.1",
    ],
    ...["2001:0:4136:e378:8000:63bf:3fff:fdd2", "0:0:0:0:0:ffff:7f00:0001"],
  ])("%s does not", (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(["", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "8.8.8.8 ", "[::1]"])(
    "%s, which is no address as resolvers give them, does not",
    (address) => expect(isPublicAddress(address)).toBe(false),
  );
});
