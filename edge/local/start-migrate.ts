/**
 * The migrate container: refuses variables that the others would refuse, brings the database up to date, and gives a
 * new one its first admin. Runs once and ends; everything else waits for it.
 */
import * as v from "valibot";
import { Email, Password } from "../protocol/accounts.ts";
import { createLog, describeError } from "../protocol/log.ts";
import { deploymentEnvironment } from "./deployment-environment.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { StartRefusal } from "./start-refusal.ts";

const Admin = v.object({
  ADMIN_EMAIL: v.optional(Email, "admin@rostrum.local"),
  ADMIN_PASSWORD: v.optional(Password),
});

const log = createLog("migrate");
try {
  const environment = deploymentEnvironment(process.env);
  const admin = v.safeParse(Admin, environment);
  if (!admin.success) {
    throw new StartRefusal(
      "ADMIN_EMAIL must be an email address, and ADMIN_PASSWORD have 8 to 200 characters.",
    );
  }
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = admin.output;
  const { created } = await prepareDatabase(
    environment.DATABASE_URL ?? "",
    { email: ADMIN_EMAIL, password: ADMIN_PASSWORD ?? null },
    60,
  );
  log.info("migrated");
  if (created !== null && ADMIN_PASSWORD === undefined) {
    process.stdout.write(
      `\nThe first admin is ${created.adminEmail}, with the password ${created.adminPassword}\nThis is shown once: sign in and change it.\n\n`,
    );
  }
} catch (error) {
  if (error instanceof StartRefusal) {
    for (const line of error.message.split("\n")) log.error("cannot-start", { message: line });
  } else {
    log.error("migration-failed", describeError(error));
  }
  process.exitCode = 1;
}
