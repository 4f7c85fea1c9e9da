import { clientAddressOf, isTrusted } from "../client-address.ts";
import { trustedHeaders } from "../request-context.ts";

/** What the runtime says about a connection: Cloudflare's edge names its colo, workerd the peer and its port. */
interface ConnectionFacts {
  colo?: unknown;
  clientIp?: unknown;
}

/** Which of our sockets a request came in by; the workerd configuration sets it over whatever a client sent. */
const socketHeader = "x-rostrum-socket";

/**
 * The request as the application gets it: with the client's address, scheme and request id in headers that mean
 * what they say. Whatever a client sent under those names is deleted first.
 */
export function forwardedRequest(request: Request, trustedProxies: readonly string[]): Request {
  const headers = new Headers(request.headers);
  const connection = describeConnection(request, headers, trustedProxies);
  const requestId = headers.get(trustedHeaders.requestId);
  for (const name of [...Object.values(trustedHeaders), socketHeader]) headers.delete(name);
  if (connection.address) headers.set(trustedHeaders.clientAddress, connection.address);
  headers.set(trustedHeaders.scheme, connection.scheme);
  if (requestId && connection.behindProxy) headers.set(trustedHeaders.requestId, requestId);
  return new Request(request, { headers });
}

/** Else it is plain workerd that runs us. */
export function isAtCloudflare(request: Request): boolean {
  return typeof factsOf(request).colo === "string";
}

function factsOf(request: Request): ConnectionFacts {
  return (request as { cf?: ConnectionFacts }).cf ?? {};
}

function describeConnection(
  request: Request,
  headers: Headers,
  trustedProxies: readonly string[],
): { address: string | null; scheme: string; behindProxy: boolean } {
  const ownScheme = new URL(request.url).protocol.replace(":", "");
  if (isAtCloudflare(request)) {
    // Cloudflare overwrites cf-connecting-ip; elsewhere it is any client's claim.
    return { address: headers.get("cf-connecting-ip"), scheme: ownScheme, behindProxy: false };
  }
  const facts = factsOf(request);
  const peer = typeof facts.clientIp === "string" ? facts.clientIp : null;
  // That socket is reached by our own nginx alone, which puts one address into X-Forwarded-For: the client's.
  const fromOurNginx = headers.get(socketHeader) === "proxied";
  const trusted = fromOurNginx ? [...trustedProxies, peer ?? "*"] : trustedProxies;
  const behindProxy = isTrusted(peer, trusted);
  const forwardedScheme = behindProxy ? headers.get("x-forwarded-proto") : null;
  return {
    address: clientAddressOf({ peer, forwardedFor: headers.get("x-forwarded-for"), trusted }),
    scheme: forwardedScheme ?? ownScheme,
    behindProxy,
  };
}
