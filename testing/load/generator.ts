/** The load generator's own process (load-generator.ts starts it): one crowd at a time, driven over IPC. */
import { type ChatLoad, chat } from "./chat-load.ts";
import { Crowd, type CrowdSettings, withEffort } from "./crowd.ts";
import { type VoteLoad, vote } from "./vote-load.ts";

export type Order =
  | { kind: "gather"; crowd: CrowdSettings }
  | { kind: "chat"; load: ChatLoad }
  | { kind: "vote"; load: VoteLoad }
  | { kind: "disperse" };

let crowd: Crowd | null = null;

async function carryOut(order: Order): Promise<unknown> {
  if (order.kind === "gather") {
    crowd?.close();
    const gathered = new Crowd(order.crowd);
    crowd = gathered;
    return withEffort(gathered.tally, () => gathered.enterAll());
  }
  if (crowd === null) throw new Error("nobody is gathered");
  switch (order.kind) {
    case "chat":
      return chat(crowd, order.load);
    case "vote":
      return vote(crowd, order.load);
    case "disperse":
      crowd.close();
      crowd = null;
      return null;
  }
}

process.on("message", (order: Order) => {
  carryOut(order).then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
