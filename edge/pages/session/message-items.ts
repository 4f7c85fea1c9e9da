import type { ChatLine } from "./chat-lines.ts";
import type { MenuItem } from "./popup-menu.ts";
import type { SessionContext } from "./session-context.ts";

const hourSeconds = 3600;

/** What may be done with a message by who looks on. `takeBack` is called before an author deletes their own. */
export function messageItems(
  context: SessionContext,
  line: ChatLine,
  takeBack: (messageId: string) => void,
): MenuItem[] {
  const { message } = line;
  const me = context.identity.user?.id;
  if (!message || me === undefined || line.state === "removed") return [];
  const { calls, standing } = context;
  const isOwn = message.user.id === me;
  const items: (MenuItem | false)[] = [
    standing.staff &&
      message.held && {
        label: "Approve",
        testId: "menu-approve",
        choose: () => void context.attempt(() => calls.review(message.id, true), "Approved."),
      },
    standing.staff &&
      message.held && {
        label: "Refuse",
        testId: "menu-refuse",
        isGrave: true,
        choose: () => void context.attempt(() => calls.review(message.id, false), "Refused."),
      },
    standing.staff &&
      line.state === "sent" && {
        label: message.pinned ? "Unpin" : "Pin for everyone",
        testId: "menu-pin",
        choose: () =>
          void context.attempt(
            () => calls.pin(message.id, !message.pinned),
            message.pinned ? "Unpinned." : "Pinned.",
          ),
      },
    standing.team &&
      line.state === "sent" &&
      context.session.questionsEnabled && {
        label: "Make it a question",
        testId: "menu-question",
        choose: () =>
          void context.attempt(() => calls.questionFrom(message.id), "It stands among the questions now."),
      },
    (isOwn || standing.staff) &&
      !message.held && {
        label: isOwn ? "Delete" : "Delete message",
        testId: "menu-delete",
        isGrave: true,
        choose: () => {
          if (isOwn) takeBack(message.id);
          void context.attempt(() => calls.deleteMessage(message.id), "Deleted.");
        },
      },
  ];
  const ofMessage = items.filter((item) => item !== false);
  const { id, name, role } = message.user;
  // Admins stand above every session.
  const mayModerate = standing.staff && !isOwn && role !== "admin";
  return mayModerate ? [...ofMessage, ...personItems(context, { id, name })] : ofMessage;
}

/** What staff may do about a person. */
export function personItems(context: SessionContext, person: { id: string; name: string }): MenuItem[] {
  const { calls } = context;
  const mute = (label: string, testId: string, seconds: number, shadow = false): MenuItem => ({
    label,
    testId,
    choose: () =>
      void context.attempt(
        () => calls.mute(person.id, seconds, shadow),
        shadow ? `${person.name} is shadow-muted.` : `${person.name} is muted.`,
      ),
  });
  return [
    mute("Mute for 5 minutes", "menu-mute-5m", 300),
    mute("Mute for 1 hour", "menu-mute-1h", hourSeconds),
    mute("Mute for 1 day", "menu-mute-1d", 24 * hourSeconds),
    mute("Shadow-mute for 1 day", "menu-shadow", 24 * hourSeconds, true),
    {
      label: "Clear their messages",
      testId: "menu-clear",
      isGrave: true,
      choose: () =>
        void context.attempt(() => calls.clear(person.id), `The messages of ${person.name} are gone.`),
    },
    {
      label: "Ban from the event",
      testId: "menu-ban",
      isGrave: true,
      choose: () => {
        if (window.confirm(`Ban ${person.name} from this event? They are sent out at once.`))
          void context.attempt(() => calls.ban(person.id), `${person.name} is banned.`);
      },
    },
  ];
}
