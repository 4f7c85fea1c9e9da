import { SeededRandom } from "../kills/seeded-random.ts";
import {
  type DeviceScript,
  type Scenario,
  type ScriptedDeed,
  type Signs,
  scenePolls,
  sceneQuestions,
  type ViewerScript,
  type VisitScript,
} from "./viewer-script.ts";
import { writeVisit } from "./visit-writer.ts";

export interface ScenarioSize {
  viewers: number;
  seconds: number;
  beatSeconds: number;
}

const userAgents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
  "Mozilla/5.0 (Linux; Android 15; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
];

const skews = [0, 0, 0, 2, -40, 180, -420, 3600];
const signedInShare = 0.5;
const secondSessionShare = 0.2;
const twoDevicesShare = 0.25;
const activeShare = 0.4;

/** Who only has to be there, not to play: they are seen every half minute at best, so they stay. */
const seldomSeen = (signs: Signs) => !signs.beats;

/** The same for the same seed and size. */
export function writeScenario(seed: number, { viewers, seconds, beatSeconds }: ScenarioSize): Scenario {
  const random = new SeededRandom(seed);
  return {
    seed,
    seconds,
    beatSeconds,
    viewers: Array.from({ length: viewers }, (_, index) =>
      writeViewer(random.fork(), index, { seconds, beatSeconds }),
    ),
  };
}

type Time = Omit<ScenarioSize, "viewers">;

function writeViewer(random: SeededRandom, index: number, time: Time): ViewerScript {
  const signedIn = random.next() < signedInShare;
  const count = signedIn && random.next() < twoDevicesShare ? 2 : 1;
  const devices = Array.from({ length: count }, () => writeDevice(random, signedIn, count === 1, time));
  return {
    name: `viewer ${index}`,
    signedIn,
    skewSeconds: random.pick(skews),
    devices,
    deeds: signedIn && random.next() < activeShare ? writeDeeds(random, devices) : [],
  };
}

function writeDevice(random: SeededRandom, signedIn: boolean, isOnly: boolean, time: Time): DeviceScript {
  const signs = pickSigns(random, signedIn, isOnly);
  return {
    stage: random.next() < secondSessionShare ? 1 : 0,
    signs,
    userAgent: random.pick(userAgents),
    visits: pickStays(random, time, seldomSeen(signs)).map((stay) => writeVisit(random, stay, time, signs)),
  };
}

/**
 * What a socket is told and what beats tell of one viewer counts as said of the same player, so that only who has no
 * other device tells a socket.
 */
function pickSigns(random: SeededRandom, signedIn: boolean, isOnly: boolean): Signs {
  const dice = random.next();
  if (dice < 0.04) return { beats: false, socket: "none", playlists: true };
  if (dice < 0.07) return { beats: false, socket: "listens", playlists: false };
  if (dice < 0.09 && isOnly) return { beats: false, socket: "tells", playlists: false };
  const hasSocket = random.next() < (signedIn ? 0.6 : 0.2);
  return { beats: true, socket: hasSocket ? "listens" : "none", playlists: random.next() < 0.25 };
}

type Stay = Pick<VisitScript, "openAt" | "closeAt">;

/**
 * When the player is opened and closed. All but those who look in briefly are there in the middle of the run, as at
 * the height of an event: how many there are at once is asked of a time that lasts a while.
 */
function pickStays(random: SeededRandom, { seconds, beatSeconds }: Time, whole: boolean): Stay[] {
  const within = (least: number, most: number) => seconds * random.between(least, most);
  const dice = whole ? 0 : random.next();
  const [openAt, closeAt] = [within(0, 0.25), within(0.8, 1)];
  const awayFor = within(0.05, 0.15);
  if (dice < 0.45) return [{ openAt, closeAt }];
  if (dice < 0.6) return [{ openAt: within(0.25, 0.4), closeAt }];
  if (dice < 0.75) return [{ openAt, closeAt: within(0.6, 0.8) }];
  if (dice < 0.9) {
    const leavesAt = random.next() < 0.3 ? within(0.26, 0.29) - awayFor / 2 : within(0.6, 0.65);
    return [
      { openAt: Math.min(openAt, leavesAt - shortestVisit(beatSeconds)), closeAt: leavesAt },
      { openAt: leavesAt + awayFor, closeAt },
    ];
  }
  const briefly = within(0.1, 0.7);
  return [{ openAt: briefly, closeAt: briefly + shortestVisit(beatSeconds) * random.between(1, 2) }];
}

/** Who comes and goes between two beats may never be heard of. */
export const shortestVisit = (beatSeconds: number) => 4 * beatSeconds;

/** While the first device is open, and none in the last seconds: answers may take some in a kill. */
function writeDeeds(random: SeededRandom, devices: readonly DeviceScript[]): ScriptedDeed[] {
  const { openAt, closeAt } = devices[0]!.visits[0]!;
  const deeds: ScriptedDeed[] = Array.from({ length: 1 + random.index(5) }, () => ({
    at: random.between(openAt, closeAt),
    kind: random.next() < 0.8 ? ("chat" as const) : ("question" as const),
    which: 0,
  }));
  for (let which = 0; which < sceneQuestions; which++) {
    if (random.next() < 0.5) continue;
    const at = random.between(openAt, closeAt);
    deeds.push({ at, kind: "upvote", which });
    if (random.next() < 0.2) deeds.push({ at: at + 1, kind: "unvote", which });
  }
  for (let which = 0; which < scenePolls; which++) {
    if (random.next() < 0.6) deeds.push({ at: random.between(openAt, closeAt), kind: "vote", which });
  }
  return deeds.sort((a, b) => a.at - b.at);
}
