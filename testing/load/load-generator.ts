import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChatLoad, ChatResult } from "./chat-load.ts";
import type { CrowdSettings, Effort, Entered } from "./crowd.ts";
import type { Order } from "./generator.ts";
import type { VoteLoad, VoteResult } from "./vote-load.ts";

export interface LoadGenerator {
  /** Brings a crowd into its sessions; the one before is gone. Throws when someone cannot come in. */
  gather(crowd: CrowdSettings): Promise<Entered & Effort>;
  chat(load: ChatLoad): Promise<ChatResult>;
  vote(load: VoteLoad): Promise<VoteResult>;
  disperse(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A process of its own (GENERATOR_PROFILE=<folder> keeps a CPU profile of it there), so that what it costs can be told from what it measures. Node raises the limit of open files
 * to the hard one by itself, and what it starts inherits that.
 */
export function startLoadGenerator(): LoadGenerator {
  const program = fileURLToPath(new URL("./generator.ts", import.meta.url));
  const profile = process.env.GENERATOR_PROFILE;
  const child = fork(program, {
    execArgv: ["--import", "tsx", ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [])],
  });
  const exited = once(child, "exit");
  const carryOut = async <T>(order: Order): Promise<T> => {
    child.send(order);
    const answer = await Promise.race([
      once(child, "message").then(([message]) => message as { result?: T; error?: string }),
      exited.then(
        ([code]) => ({ error: `the generator ended with ${code}` }) as { result?: T; error?: string },
      ),
    ]);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result as T;
  };
  return {
    gather: (crowd) => carryOut({ kind: "gather", crowd }),
    chat: (load) => carryOut({ kind: "chat", load }),
    vote: (load) => carryOut({ kind: "vote", load }),
    disperse: () => carryOut({ kind: "disperse" }),
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
