/** At Cloudflare the internal surface is a Worker of its own, so that no path of the public one leads there. */
export { InternalApiHost, internal as default } from "./worker.ts";
