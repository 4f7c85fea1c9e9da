import { describe, expect, it } from "vitest";
import { readPublish, readPublishDone } from "./publish-callback.ts";

const key = "sk_0123456789abcdefghijklmnopqrstuv";
/** As nginx-rtmp 1.2.2 posts it for `rtmp://host/live/<name>?<extra>`. */
const body = (name: string, extra = "") =>
  `app=live&flashver=FMLE/3.0&swfurl=&tcurl=rtmp://host/live&pageurl=&addr=10.0.0.7&clientid=12&call=publish&name=${name}&type=live${extra}`;

describe("on_publish", () => {
  it("names connection, address and key", () => {
    expect(readPublish(body(key))).toEqual({
      ok: true,
      callback: { clientId: "12", address: "10.0.0.7", streamKey: key },
    });
  });

  it("leaves parameters behind the key aside", () => {
    expect(readPublish(body(key, "&bitrate=6000&x"))).toMatchObject({
      ok: true,
      callback: { streamKey: key },
    });
  });

  it.each(["&name=sk_other", "&clientid=1", "&call=publish", "&addr=127.0.0.1"])(
    "refuses parameters behind the key that repeat nginx's own: %s",
    (extra) => {
      expect(readPublish(body(key, extra))).toEqual({ ok: false, reason: "ambiguous" });
    },
  );

  it.each([
    ["empty", ""],
    ["4 KiB long", "a".repeat(4096)],
    ["a right one made longer", key + "a".repeat(4096)],
    ["with & in it", `${key}%26name%3dx`],
    ["with ? in it", `${key}%3Fx`],
    ["with a line break", `${key}%0A`],
    ["a path", `..%2F${key}`],
    ["a playback id", "pb_0123456789abcdefghijkl"],
  ])("refuses a key that is %s without asking the edge", (_, name) => {
    expect(readPublish(body(name))).toEqual({ ok: false, reason: "malformed-key" });
  });

  it.each([
    "",
    "call=publish",
    "{}",
    body(key).replace("clientid=12", "clientid=x"),
    body(key).replace("call=publish", "call=play"),
  ])("refuses what is no callback: %s", (text) => {
    expect(readPublish(text)).toEqual({ ok: false, reason: "not-a-callback" });
  });
});

describe("on_publish_done", () => {
  it("is known by its connection, whatever an encoder wrote behind the key", () => {
    expect(readPublishDone(body(key, "&clientid=99"))).toBe("12");
    expect(readPublishDone("name=x")).toBeNull();
  });
});
