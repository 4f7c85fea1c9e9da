import { and, eq } from "drizzle-orm";
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { eventLogos, events } from "../../db/schema/events-tables.ts";
import { Event } from "../../protocol/events.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import { audit } from "../audit/audit.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answerWithTag, namesTag, requireUnchanged } from "../http-validators.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { announceEvent } from "./event-announcement.ts";
import { readVersionedEvent } from "./events-queries.ts";
import { judgeLogo, type LogoType, type LogoVerdict, logoLimits, logoTypes } from "./logo-image.ts";
import { lockEvent } from "./update-event.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const LogoPath = v.object({ id: identifier("event"), hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) });

const refusals: Record<Exclude<LogoVerdict, { ok: true }>["reason"], string> = {
  "not-an-image": "is not a whole PNG, JPEG or WebP image",
  "other-type": "is not of the type that its Content-Type says",
  animated: "is animated",
  "too-many-pixels": `has more than ${logoLimits.pixels} pixels, or a side longer than ${logoLimits.side}`,
};

/** An event's logo: uploaded as it is, and served where nothing in it can act. */
export function logoRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const routes = new Hono<ApiEnv>()
    .put(
      "/api/events/:id/logo",
      operation({
        id: "uploadEventLogo",
        summary: "Upload an event's logo",
        tag,
        description: `The image itself is the body: at most ${logoLimits.bytes} bytes, ${logoLimits.pixels} pixels, ${logoLimits.side} a side, not animated, and what its Content-Type says. \`branding.logoUrl\` is its address then.`,
        conditional: "write",
        binaryBody: logoTypes,
        answers: { 200: { description: "The event", schema: Event } },
        problems: ["unsupported-media-type", "too-large", "invalid"],
      }),
      validate("param", EventPath),
      async (c) => {
        const { id } = c.req.valid("param");
        const declared = declaredType(c);
        const bytes = await readImage(c);
        const verdict = judgeLogo(bytes, declared);
        if (!verdict.ok) {
          throw new Problem("invalid", { errors: [{ pointer: "", detail: refusals[verdict.reason] }] });
        }
        const hash = await sha256Hex(bytes);
        const logoUrl = `/api/events/${id}/logo/${hash}`;
        return changeLogo(c, id, { logoUrl, action: "event.logo-uploaded" }, async (tx) => {
          const logo = { contentType: declared, bytes, hash };
          await tx
            .insert(eventLogos)
            .values({ eventId: id, ...logo })
            .onConflictDoUpdate({ target: eventLogos.eventId, set: { ...logo, updatedAt: deps.clock() } });
        });
      },
    )
    .delete(
      "/api/events/:id/logo",
      operation({
        id: "removeEventLogo",
        summary: "Remove an event's logo",
        tag,
        conditional: "write",
        answers: { 200: { description: "The event", schema: Event } },
      }),
      validate("param", EventPath),
      async (c) => {
        const { id } = c.req.valid("param");
        return changeLogo(c, id, { logoUrl: null, action: "event.logo-removed" }, async (tx) => {
          await tx.delete(eventLogos).where(eq(eventLogos.eventId, id));
        });
      },
    )
    .get(
      "/api/events/:id/logo/:hash",
      operation({
        id: "getEventLogo",
        summary: "Get an event's logo",
        tag,
        description:
          "The address is `branding.logoUrl`; it changes with the image, which may be kept for ever.",
        conditional: "read",
        answers: { 200: { description: "The image", contentType: "image/*" } },
        problems: ["not-found"],
      }),
      validate("param", LogoPath),
      async (c) => {
        const { id, hash } = c.req.valid("param");
        const isThisOne = and(eq(eventLogos.eventId, id), eq(eventLogos.hash, hash));
        const [logo] = await db.select().from(eventLogos).where(isThisOne);
        if (!logo) throw new Problem("not-found");
        const headers = { ...logoHeaders, etag: `"${hash}"`, "content-type": logo.contentType };
        if (namesTag(c.req.header("if-none-match"), `"${hash}"`)) return c.body(null, 304, headers);
        return c.body(Uint8Array.from(logo.bytes).buffer, 200, headers);
      },
    );

  async function changeLogo(
    c: Context<ApiEnv>,
    id: string,
    { logoUrl, action }: { logoUrl: string | null; action: `event.${string}` },
    write: (tx: Database) => Promise<void>,
  ) {
    const found = await db.transaction(async (tx) => {
      requireUnchanged(c, (await lockEvent(tx, id)).version);
      await write(tx);
      await tx.update(events).set({ logoUrl }).where(eq(events.id, id));
      await audit(tx, c, { action, subject: { kind: "event", id } });
      return readVersionedEvent(tx, id);
    });
    if (!found) throw new Problem("not-found");
    announceEvent(deps, id);
    return answerWithTag(c, found.event satisfies Event, found.version);
  }

  return routes;
}

/** Nothing guesses another type, runs anything, or asks again: other bytes have another address. */
const logoHeaders = {
  "cache-control": "public, max-age=31536000, immutable",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "content-disposition": "inline",
  "cross-origin-resource-policy": "cross-origin",
};

function declaredType(c: Context<ApiEnv>): LogoType {
  const declared = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const type = logoTypes.find((known) => known === declared);
  if (!type) throw new Problem("unsupported-media-type", { detail: `Send ${logoTypes.join(", ")}.` });
  return type;
}

async function readImage(c: Context<ApiEnv>): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new Problem("too-large", { detail: `At most ${logoLimits.bytes} bytes.` });
  if (Number(c.req.header("content-length") ?? 0) > logoLimits.bytes) throw tooLarge;
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.length > logoLimits.bytes) throw tooLarge;
  return bytes;
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
