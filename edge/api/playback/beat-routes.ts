import { Hono, type MiddlewareHandler } from "hono";
import { Problem } from "../../protocol/problem.ts";
import { PlaybackBeat } from "../../protocol/streams.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import { type ApiEnv, clientAddress } from "../request-context.ts";
import { validate } from "../validate.ts";
import { mostRecentPlays } from "./recent-plays.ts";
import { viewingDevice } from "./viewing-device.ts";

export const beatPath = "/api/playback/beat";
const windowSeconds = 60;
/** A play is a row a minute, however often it is heard. */
const leastFreshSeconds = 60;

export function beatRoutes(deps: ApiDependencies) {
  const { environment, clock, beats } = deps;
  const { jwtSecret, beatSeconds, limits } = environment;

  /** Before anything is read of it: a flood costs no more than a look into a map. */
  const limited: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const name = clientAddress(c);
    // Without an address (a runtime that does not name it) everyone would share one count.
    if (name === null) return next();
    const limit = { name, max: limits.beatsPerAddress, windowSeconds };
    const attempt = beats.addresses.take(limit, clock().getTime());
    if (attempt.allowed) return next();
    throw new Problem("too-many-requests", {
      detail: "Too many beats from here.",
      retryAfterSeconds: attempt.retryAfterSeconds,
    });
  };

  const routes = new Hono<ApiEnv>().post(
    beatPath,
    operation({
      id: "beatPlayback",
      noReplay: true,
      isUnlogged: true,
      summary: "Say how a play goes",
      tag: "Streams",
      description: [
        "Every `beatSeconds` while a player is open, at each change between playing and not, and once when it closes.",
        "Who may is who has the token: no login is looked at. All counters run from the play's beginning, so a beat that is lost, late or doubled changes nothing; time is the server's.",
        `The body may also come as \`text/plain\`, which \`navigator.sendBeacon\` may send to another origin. A viewer has at most ${mostRecentPlays} plays of a stream at once, with those that ended lately.`,
        "After a 401 ask for playback again and go on with the new token; after anything else that is no success, send the next beat when it is due.",
      ].join("\n\n"),
      answers: { 204: { description: "It counts, if its viewer still may watch" } },
      problems: [
        "malformed",
        "too-large",
        "unsupported-media-type",
        "invalid",
        "bad-credentials",
        "too-many-requests",
      ],
    }),
    counted(deps),
    limited,
    plainTextIsJson,
    validate("json", PlaybackBeat),
    async (c) => {
      const beat = c.req.valid("json");
      const at = clock();
      const claims = await beats.tokens.verify(jwtSecret, beat.token, at);
      if (claims === null) throw refused();
      const freshSeconds = Math.max(leastFreshSeconds, 3 * beatSeconds);
      const device = () => viewingDevice(c.req.header("user-agent"));
      const outcome = beats.book.take({ claims, beat, at, freshSeconds, device });
      if (outcome === "refused") throw refused();
      if (outcome === "too-many-plays") {
        throw new Problem("too-many-requests", {
          detail: `At most ${mostRecentPlays} plays of a stream at once, with those that ended lately.`,
          retryAfterSeconds: freshSeconds,
        });
      }
      beats.writer.goOn(deps);
      return c.body(null, 204);
    },
  );
  return routes;
}

function refused(): Problem {
  return new Problem("bad-credentials", {
    detail: "The beat token is not good any more: ask for playback again.",
  });
}

/** Counts what becomes of each beat. */
function counted({ metrics }: ApiDependencies): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    const { status } = c.res;
    metrics.beats.beat(status === 429 ? "limited" : status < 400 ? "taken" : "refused");
  };
}

/** What a page of another origin sends while it goes away: a type beyond the safe ones would need a preflight first. */
const plainTextIsJson: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (/^text\/plain\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
    const headers = new Headers(c.req.raw.headers);
    headers.set("content-type", "application/json");
    c.req.raw = new Request(c.req.raw, { headers });
  }
  await next();
};
