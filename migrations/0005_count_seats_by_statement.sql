-- Seats are counted once a statement instead of once a seat: an import seats a thousand people in one, and each count
-- leaves a dead version of the event's row behind.
DROP TRIGGER "attendees_are_counted" ON "attendees";--> statement-breakpoint
DROP FUNCTION "count_attendees"();--> statement-breakpoint
CREATE FUNCTION "count_taken_seats"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "events" SET "attendee_count" = "attendee_count" + "taken"."seats"
		FROM (SELECT "event_id", count(*) AS "seats" FROM "changed" GROUP BY "event_id" ORDER BY "event_id") AS "taken"
		WHERE "events"."id" = "taken"."event_id";
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE FUNCTION "count_freed_seats"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "events" SET "attendee_count" = "attendee_count" - "freed"."seats"
		FROM (SELECT "event_id", count(*) AS "seats" FROM "changed" GROUP BY "event_id" ORDER BY "event_id") AS "freed"
		WHERE "events"."id" = "freed"."event_id";
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "attendees_are_counted" AFTER INSERT ON "attendees"
	REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_taken_seats"();--> statement-breakpoint
CREATE TRIGGER "attendees_are_uncounted" AFTER DELETE ON "attendees"
	REFERENCING OLD TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_freed_seats"();
