import { expect, it } from "vitest";
import { chooseWorkerUser } from "./worker-user.ts";

const accounts = ["root", "nobody", "www-data"];

it("runs workers as nobody special where that account can read the files", () => {
  expect(chooseWorkerUser({ isRoot: true, accounts, reachable: true })).toBe("www-data");
  expect(chooseWorkerUser({ isRoot: true, accounts: ["root", "nobody"], reachable: true })).toBe("nobody");
});

it("runs workers as root only in a folder of root's, and says nothing where the master is not root", () => {
  expect(chooseWorkerUser({ isRoot: true, accounts, reachable: false })).toBe("root");
  expect(chooseWorkerUser({ isRoot: false, accounts, reachable: false })).toBeNull();
});
