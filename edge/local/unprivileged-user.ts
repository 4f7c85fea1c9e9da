import { execFileSync } from "node:child_process";
import { StartRefusal } from "./start-refusal.ts";

export interface SystemUser {
  uid: number;
  gid: number;
}

/** As whom root runs PostgreSQL, which refuses to be root: Debian's own user for it, else one made for Rostrum. */
export function unprivilegedUser(): SystemUser {
  const known = lookUp("postgres") ?? lookUp("rostrum");
  if (known !== null) return known;
  try {
    const flags = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
    execFileSync("useradd", [...flags, "rostrum"], { stdio: "pipe" });
  } catch {
    throw new StartRefusal(
      "PostgreSQL does not run as root and no user could be made for it: run `useradd --system --user-group rostrum`, start as another user, or set DATABASE_URL.",
    );
  }
  return lookUp("rostrum")!;
}

function lookUp(name: string): SystemUser | null {
  try {
    const id = (flag: string) =>
      Number(execFileSync("id", [flag, name], { stdio: "pipe", encoding: "utf8" }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return null;
  }
}
