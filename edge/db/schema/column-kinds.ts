import { customType, timestamp } from "drizzle-orm/pg-core";

/** An instant, kept to the millisecond that the wire form carries, so that a cursor made from one is exact. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" });

/** Bytes as they are. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });
