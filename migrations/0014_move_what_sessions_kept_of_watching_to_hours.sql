-- What was kept as one sum a session becomes hours of the session and of its event, spread evenly from the first sign
-- to the last: totals stay. Who has no account any more becomes somebody unknown.
INSERT INTO "viewer_hours" ("scope_id", "viewer_id", "hour", "first_at", "last_at", "watched_seconds", "stalls", "latency_seconds")
SELECT scope.id, kept.viewer_id, part.hour, min(part.first_at), max(part.last_at),
       sum(kept.played_seconds * part.share), sum(CASE WHEN part.is_first THEN kept.stalls ELSE 0 END)::int,
       avg(kept.latency_seconds)
FROM (
  SELECT old.session_id, old.played_seconds, old.stalls, old.latency_seconds, old.first_at,
         greatest(old.first_at, old.last_at) AS last_at,
         CASE WHEN old.viewer_id LIKE 'usr%' AND (person.id IS NULL OR person.deleted_at IS NOT NULL)
              THEN 'vwr_' || replace(gen_random_uuid()::text, '-', '') ELSE old.viewer_id END AS viewer_id
  FROM "session_watches" AS old LEFT JOIN "users" AS person ON person.id = old.viewer_id
) AS kept
JOIN "sessions" AS session ON session.id = kept.session_id
CROSS JOIN LATERAL (
  SELECT hour, greatest(kept.first_at, hour) AS first_at, least(kept.last_at, hour + interval '1 hour') AS last_at,
         hour <= kept.first_at AS is_first,
         CASE WHEN kept.last_at = kept.first_at THEN 1
              ELSE extract(epoch FROM least(kept.last_at, hour + interval '1 hour') - greatest(kept.first_at, hour))
                   / extract(epoch FROM kept.last_at - kept.first_at) END AS share
  FROM generate_series(date_trunc('hour', kept.first_at, 'UTC'), kept.last_at, interval '1 hour') AS hour
) AS part
CROSS JOIN LATERAL (VALUES (kept.session_id), (session.event_id)) AS scope (id)
GROUP BY 1, 2, 3;--> statement-breakpoint
DROP TABLE "session_watches" CASCADE;--> statement-breakpoint
ALTER TABLE "presence_minutes" ADD COLUMN "gone" boolean DEFAULT false NOT NULL;
