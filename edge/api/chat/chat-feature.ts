import { refuse, type SessionFeature } from "../session-log/session-planner.ts";
import { type ChatCommand, type ChatFacts, loadChat } from "./chat-facts.ts";
import { planClear, planDelete, planPin, planReview } from "./plan-moderation.ts";
import { planMute, planUnmute } from "./plan-mutes.ts";
import { planSend } from "./plan-send.ts";
import { writeChat } from "./write-chat.ts";

/** Chat, and how it is moderated. */
export const chatFeature: SessionFeature<ChatCommand, ChatFacts> = {
  types: ["chat:send", "chat:delete", "chat:pin", "chat:review", "chat:clear", "chat:mute", "chat:unmute"],
  names(command) {
    switch (command.type) {
      case "chat:send":
        return command.data.mentions ?? [];
      case "chat:mute":
      case "chat:unmute":
        return [command.data.userId];
      case "chat:clear":
        return command.data.userId === null ? [] : [command.data.userId];
      default:
        return [];
    }
  },
  load: loadChat,
  plan(command, sender, facts, context) {
    switch (command.type) {
      case "chat:send":
        return planSend(command, sender, facts, context);
      case "chat:delete":
        return planDelete(command, sender, facts, context);
      case "chat:pin":
        return planPin(command, facts, context);
      case "chat:review":
        return planReview(command, sender, facts, context);
      case "chat:clear":
        return planClear(command, sender, facts, context);
      case "chat:mute":
        return planMute(command, sender, facts, context);
      case "chat:unmute":
        return planUnmute(command, facts, context);
      default:
        return refuse("unavailable");
    }
  },
  write: writeChat,
};
