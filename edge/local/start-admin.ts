/** The operator's command in the edge's container: `docker-compose run --rm edge node /app/start-admin.mjs create …`. */
import { runAdmin } from "./admin.ts";
import { StartRefusal } from "./start-refusal.ts";

try {
  process.exitCode = await runAdmin(process.argv.slice(2), process.env, (text) =>
    process.stdout.write(`${text}\n`),
  );
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
