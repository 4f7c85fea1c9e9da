import { getTableColumns } from "drizzle-orm";
import { streams } from "../../db/schema/streams-tables.ts";

const { keyHash: _neverRead, ...columns } = getTableColumns(streams);

/** Every column but the key's hash, which no query needs to bring back. */
export const streamColumns = columns;
