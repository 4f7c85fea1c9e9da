/** Says what is wrong with the API's variables before workerd is started with them; exits 1 when something is. */
import { EnvironmentError, parseEnvironment } from "./environment.ts";

try {
  parseEnvironment(process.env);
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
