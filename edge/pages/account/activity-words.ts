import type { Activity } from "../../protocol/user-activity.ts";
import { lengthWords } from "../shared/amounts.ts";

const moderation: Record<string, string> = {
  "message.deleted": "A moderator took your message away",
  "user.muted": "A moderator muted you",
  "user.unmuted": "A moderator let you write again",
  "ban.created": "You were banned",
  "ban.lifted": "You may come back",
  "member.set": "You were given a role",
  "member.removed": "Your role was taken",
  "user.role-changed": "Your role was changed",
  "user.updated": "Your account was edited by staff",
};

/** What was done as one sentence, to the person who did it. Pure. */
export function activityWords(deed: Activity): string {
  switch (deed.kind) {
    case "signed-in":
      return `Signed in${deed.deviceName === null ? "" : ` on ${deed.deviceName}`}`;
    case "joined-event":
      return "Joined";
    case "attended":
      return deed.watchSeconds < 1 ? "Were there" : `Watched for ${lengthWords(deed.watchSeconds)}`;
    case "message":
      return `Wrote: ${deed.text}${deed.deleted ? " (deleted)" : deed.state === "held" ? " (waits for a moderator)" : ""}`;
    case "question":
      return `Asked${deed.anonymous ? " anonymously" : ""}: ${deed.text}`;
    case "upvote":
      return `Upvoted: ${deed.question}`;
    case "vote":
      return `Voted in “${deed.poll}”: ${deed.options.join(", ")}`;
    case "reactions":
      return `Reacted: ${deed.reactions.map(({ emoji, count }) => `${emoji} ${count}`).join("  ")}`;
    case "moderation": {
      const words = moderation[deed.action] ?? deed.action;
      return deed.text === null ? words : `${words}: ${deed.text}`;
    }
  }
}

/** Where it was done: the session and its event. */
export function placeWords({ session, event }: Pick<Activity, "session" | "event">): string {
  return [session?.title, event?.title].filter((title) => title !== undefined).join(" · ");
}
