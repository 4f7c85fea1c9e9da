import { expect, test } from "vitest";
import { signBeatToken } from "../../auth/beat-token.ts";
import { BeatTokens } from "./beat-tokens.ts";

const secret = "a secret for tests only, long enough";
const now = new Date("2027-04-01T07:00:00Z");
const later = new Date("2027-04-01T08:00:00Z");
const claims = (viewerId: string) => ({ streamId: "str_a", viewerId, generation: 0 });

test("a token that was found good stays good until its end, and not beyond", async () => {
  const tokens = new BeatTokens();
  const token = await signBeatToken(secret, claims("vwr_a"), later);
  for (let turn = 0; turn < 2; turn++)
    expect(await tokens.verify(secret, token, now)).toMatchObject(claims("vwr_a"));
  for (let turn = 0; turn < 2; turn++) expect(await tokens.verify(secret, token, later)).toBeNull();
});

test("what only looks like a token that was found good is none", async () => {
  const tokens = new BeatTokens();
  const token = await signBeatToken(secret, claims("vwr_a"), later);
  await tokens.verify(secret, token, now);
  for (const forged of ["", token.slice(0, -2), token.slice(1), token.toLowerCase()])
    expect(await tokens.verify(secret, forged, now), forged).toBeNull();
});

test("more than it remembers are verified all the same", async () => {
  const tokens = new BeatTokens(2);
  const signed = await Promise.all(
    ["vwr_a", "vwr_b", "vwr_c"].map((viewerId) => signBeatToken(secret, claims(viewerId), later)),
  );
  for (let turn = 0; turn < 2; turn++) {
    const verified = await Promise.all(signed.map((token) => tokens.verify(secret, token, now)));
    expect(verified.map((each) => each?.viewerId)).toEqual(["vwr_a", "vwr_b", "vwr_c"]);
  }
});
