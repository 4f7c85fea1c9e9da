/** Where edge/Dockerfile puts things. */
export function containerPaths(): { workerd: string; builds: string } {
  const root = process.env.APP_DIR ?? "/app";
  return { workerd: `${root}/workerd`, builds: `${root}/build` };
}
