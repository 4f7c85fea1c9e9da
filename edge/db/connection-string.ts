export interface ConnectionParts {
  user: string;
  /** Any text; the characters that end a part of a URL are escaped. */
  password: string;
  host: string;
  port: number;
  database: string;
}

/** A URL for `openDatabase`, whatever signs the password has. */
export function connectionString({ user, password, host, port, database }: ConnectionParts): string {
  const part = encodeURIComponent;
  // An IPv6 address stands in brackets (RFC 3986 §3.2.2).
  const authority = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `postgres://${part(user)}:${part(password)}@${authority}:${port}/${part(database)}`;
}

/** DATABASE_URL itself, or else what DB_PASSWORD and its companions say; null when neither is set. */
export function connectionStringFrom(variables: Record<string, string | undefined>): string | null {
  if (variables.DATABASE_URL) return variables.DATABASE_URL;
  if (!variables.DB_PASSWORD) return null;
  return connectionString({
    user: variables.DB_USER || "rostrum",
    password: variables.DB_PASSWORD,
    host: variables.DB_HOST || "postgres",
    port: Number(variables.DB_PORT || 5432),
    database: variables.DB_NAME || "rostrum",
  });
}
