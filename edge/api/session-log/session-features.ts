import { chatFeature } from "../chat/chat-feature.ts";
import { pollsFeature } from "../polls/polls-feature.ts";
import { questionsFeature } from "../questions/questions-feature.ts";
import type { SessionFeature } from "./session-planner.ts";

/** What can be done in a session. Written in this order: a question may be made of a message of the same batch. */
export const sessionFeatures: readonly SessionFeature[] = [chatFeature, questionsFeature, pollsFeature];
