import { defineConfig } from "drizzle-kit";

// Paths are relative to the folder the command runs in, the repository's root:
// npx drizzle-kit generate --config edge/db/drizzle.config.ts --name what_it_creates
export default defineConfig({
  dialect: "postgresql",
  schema: "./edge/db/schema/*.ts",
  out: "./migrations",
});
