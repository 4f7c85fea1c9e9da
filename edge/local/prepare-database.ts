import { scryptHash } from "../api/password-hashing/scrypt.ts";
import { migrateWhenReachable } from "../db/migrate.ts";
import { openDatabase } from "../db/open-database.ts";
import { type Seeded, seedDatabase } from "../db/seed.ts";

/** Brings a database to the newest schema and, when it has no admin yet, gives it one and the demo event. */
export async function prepareDatabase(
  url: string,
  admin: { email: string; password: string | null },
  patienceSeconds: number,
): Promise<Seeded> {
  await migrateWhenReachable(url, patienceSeconds);
  const { db, close } = openDatabase(url, { maxConnections: 1, name: "rostrum-seed" });
  try {
    return await seedDatabase(db, {
      adminEmail: admin.email,
      hashPassword: scryptHash,
      ...(admin.password === null ? {} : { adminPassword: admin.password }),
    });
  } finally {
    await close();
  }
}
