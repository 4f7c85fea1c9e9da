/** What is to be said of the way from the encoder to the viewers: the connection, this machine, its disk. */
import { droppedShare, isDropping } from "./dropped-pictures.ts";
import type { HealthRule } from "./stream-condition.ts";
import { gigabytes, megabits, seconds } from "./wording.ts";

const swing = { after: 2, calm: 3 };
const fact = { after: 1, calm: 2 };

/** Of the pictures that should have come, few enough to be nobody's trouble. */
const fewDropped = 0.005;
const lateSeconds = { bad: 2, good: 1 };
const lost = { bad: 3, good: 1 };
/** Of what the encoder meant to send. */
const arrivingShare = { bad: 0.75, good: 0.85 };
const backlogSeconds = { bad: 5, good: 2 };
/** Of what recording needs. */
const diskShare = { bad: 2, good: 2.5 };

export const deliveryRules: readonly HealthRule[] = [
  {
    code: "frames-dropped",
    ...swing,
    judge({ interval, unreadMessages }) {
      const share = droppedShare(interval);
      if (share === null) return "unsure";
      if (isDropping(interval) && unreadMessages > 0)
        return {
          bad: `${Math.ceil(share * 100)} % of the frames are lost on the media machine, which is too busy to read them all`,
        };
      if (isDropping(interval))
        return {
          bad: `${Math.ceil(share * 100)} % of the frames do not arrive: the encoder's computer or connection is too slow (OBS: View → Stats says which)`,
        };
      return share < fewDropped ? "good" : "unsure";
    },
  },
  {
    code: "arrives-late",
    ...swing,
    judge({ interval }) {
      if (interval === null) return "unsure";
      if (interval.lateSeconds > lateSeconds.bad)
        return {
          bad: `The stream arrives ${seconds(interval.lateSeconds)} late: the encoder's connection is slower than its bitrate; set a lower one (Settings → Output → Bitrate), or use a cable`,
        };
      return interval.lateSeconds < lateSeconds.good ? "good" : "unsure";
    },
  },
  {
    code: "bitrate-not-reached",
    ...swing,
    judge({ interval, announcedKbps, recentKbps }) {
      const kbps = recentKbps.at(-1);
      if (interval === null || announcedKbps === null || kbps === undefined) return "unsure";
      // An encoder may well need less for a still picture; only one that is held up is short of it.
      const isHeldUp = interval.lateSeconds > lateSeconds.good || isDropping(interval);
      if (!isHeldUp || kbps > announcedKbps * arrivingShare.good) return "good";
      if (kbps > announcedKbps * arrivingShare.bad) return "unsure";
      return {
        bad: `${megabits(kbps)} arrive of the ${megabits(announcedKbps)} that the encoder wants to send: set a lower bitrate (Settings → Output → Bitrate), or use a cable`,
      };
    },
  },
  {
    code: "reconnects-often",
    ...fact,
    judge({ lostConnections }) {
      if (lostConnections >= lost.bad)
        return {
          bad: `The encoder's connection was lost ${lostConnections} times in ten minutes: use a cable instead of Wi-Fi, or a lower bitrate`,
        };
      return lostConnections <= lost.good ? "good" : "unsure";
    },
  },
  {
    code: "falls-behind",
    ...swing,
    judge({ backlogSeconds: behind }) {
      if (behind > backlogSeconds.bad)
        return {
          bad: `The media machine is ${seconds(behind)} behind with encoding: it is too slow for what runs on it`,
        };
      return behind < backlogSeconds.good ? "good" : "unsure";
    },
  },
  {
    code: "disk-low",
    ...fact,
    judge({ disk }) {
      if (disk === null) return "unsure";
      const { freeBytes, recordingNeedsBytes, records } = disk;
      // With too little of it for any recording, that is what is said.
      if (!records || freeBytes < recordingNeedsBytes || freeBytes > recordingNeedsBytes * diskShare.good)
        return "good";
      if (freeBytes > recordingNeedsBytes * diskShare.bad) return "unsure";
      return {
        bad: `The media machine's disk has ${gigabytes(freeBytes)} left: recording stops at ${gigabytes(recordingNeedsBytes)}`,
      };
    },
  },
];
