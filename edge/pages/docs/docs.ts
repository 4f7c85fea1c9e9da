import { showAccountCorner } from "../shared/account-corner.ts";
import { Identity } from "../shared/identity.ts";

declare global {
  /** From swagger-ui-dist, which the page loads as a script of its own. */
  function SwaggerUIBundle(options: Record<string, unknown>): unknown;
}

const identity = new Identity();
showAccountCorner(identity);
void identity.refresh();

// Swagger UI has a dark style, behind a class of its own.
const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  tryItOutEnabled: false,
  displayRequestDuration: true,
  persistAuthorization: false,
  // The default asks a validator on the internet.
  validatorUrl: null,
});
