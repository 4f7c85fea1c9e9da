/** On what people watch, in a few words. */
import type { SessionViewers } from "../../protocol/engagement.ts";

type Person = Pick<SessionViewers["items"][number], "connections" | "devices">;

/** "phone (Safari), 2 × desktop (Chrome) · 3 tabs"; a single tab needs no words. */
export function devicesOf({ connections, devices }: Person): string {
  const players = devices.map(({ device, browser, players: many }) => {
    const what = browser === "other" ? device : `${device} (${browser})`;
    return many === 1 ? what : `${many} × ${what}`;
  });
  const tabs = connections > 1 ? `${connections} tabs` : "";
  return [players.join(", "), tabs].filter((part) => part !== "").join(" · ");
}

/** " (2 on phone, 1 on desktop)", or nothing where no player has said it. */
export function anonymousOn(devices: SessionViewers["anonymousDevices"]): string {
  const parts = devices.map(({ device, viewers }) => `${viewers} on ${device}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
