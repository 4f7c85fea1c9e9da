-- What was rolled up of an event, a session or a stream goes with it, whichever way it is deleted; and a deleted account
-- remembers as whom it watched.
ALTER TABLE "users" ADD COLUMN "watched_as" text;--> statement-breakpoint
CREATE FUNCTION "drop_roll_ups"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'sessions' THEN
    -- The event is what its other sessions are: where this one had a share in it, it is rolled up anew, as far back as
    -- the raw log is kept.
    DELETE FROM viewer_hours AS kept USING gone
    WHERE kept.scope_id = gone.event_id
      AND kept.hour >= coalesce((SELECT seen_at FROM roll_up_marks WHERE subject_id = 'raw-log'), '-infinity')
      AND EXISTS (SELECT FROM watch_roll_ups AS share
        WHERE share.scope_id = gone.id AND share.span = 'hour' AND share.at = kept.hour);
    DELETE FROM watch_roll_ups AS kept USING gone
    WHERE kept.scope_id = gone.event_id
      AND kept.at >= coalesce((SELECT seen_at FROM roll_up_marks WHERE subject_id = 'raw-log'), '-infinity')
      AND EXISTS (SELECT FROM watch_roll_ups AS share
        WHERE share.scope_id = gone.id AND share.span = kept.span AND share.at = kept.at);
    UPDATE roll_up_marks SET rolled_up_at = '-infinity'
    WHERE subject_id IN (SELECT other.id FROM sessions AS other JOIN gone ON gone.event_id = other.event_id);
  END IF;
  DELETE FROM watch_roll_ups WHERE scope_id IN (SELECT id FROM gone);
  DELETE FROM viewer_hours WHERE scope_id IN (SELECT id FROM gone);
  DELETE FROM roll_up_marks WHERE subject_id IN (SELECT id FROM gone);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "events_drop_roll_ups" AFTER DELETE ON "events" REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "drop_roll_ups"();--> statement-breakpoint
CREATE TRIGGER "sessions_drop_roll_ups" AFTER DELETE ON "sessions" REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "drop_roll_ups"();--> statement-breakpoint
CREATE TRIGGER "streams_drop_roll_ups" AFTER DELETE ON "streams" REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION "drop_roll_ups"();
