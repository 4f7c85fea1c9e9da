import type { OperationId } from "../authorisation/operations.ts";
import { requestExamples } from "./request-examples.ts";
import { type Components, exampleOf, type JsonSchema } from "./schema-example.ts";

interface MediaType {
  schema?: JsonSchema;
  example?: unknown;
  examples?: object;
}
interface Documented {
  operationId?: string;
  requestBody?: { content?: Record<string, MediaType> };
  responses?: Record<string, { content?: Record<string, MediaType> }>;
}

/** Of bodies that are no JSON, and no pictures. */
const textExamples: Record<string, string> = {
  "text/csv": "email,name,role\ngrace@example.org,Grace,attendee\n",
  "text/calendar": [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Rostrum//EN",
    "BEGIN:VEVENT",
    "UID:ses_Yw3nq0b1TzS8cVh5kE7r2A@example.org",
    "DTSTAMP:20270301T080000Z",
    "DTSTART:20270401T070000Z",
    "DTEND:20270401T090000Z",
    "SUMMARY:Opening keynote",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n"),
};

/** Gives every body in an OpenAPI document an example: requests as written, JSON answers from their schemas. */
export function documentExamples(document: {
  paths?: Record<string, unknown>;
  components?: { schemas?: unknown };
}): void {
  const components = (document.components?.schemas ?? {}) as Components;
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path as Record<string, Documented>)) {
      const sent = operation.requestBody?.content?.["application/json"];
      const example = requestExamples[operation.operationId as OperationId];
      if (sent && example) sent.example = example;
      for (const { content } of [operation.requestBody ?? {}, ...Object.values(operation.responses ?? {})]) {
        for (const [type, media] of Object.entries(content ?? {})) {
          if (textExamples[type]) media.example = textExamples[type];
        }
      }
      for (const { content } of Object.values(operation.responses ?? {})) {
        for (const [type, media] of Object.entries(content ?? {})) showAnswer(type, media, components);
      }
    }
  }
}

function showAnswer(type: string, media: MediaType, components: Components): void {
  if (!media.schema || media.examples) return;
  // One JSON value a line: each of the kinds that may come.
  const lines = type === "application/x-ndjson" ? media.schema.oneOf : undefined;
  media.example = lines
    ? lines.map((line) => `${JSON.stringify(exampleOf(line, components))}\n`).join("")
    : exampleOf(media.schema, components);
}
