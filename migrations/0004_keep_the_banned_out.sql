-- A ban and a join that meet must not end with the banned in a seat: whoever takes a seat waits for the event's row, as
-- whoever bans does, and looks then. The seat is passed over rather than refused, so that one banned person does not
-- stop a list of people from being seated.
CREATE FUNCTION "pass_over_the_banned"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM "events" WHERE "id" = NEW."event_id" FOR NO KEY UPDATE;
	IF EXISTS (SELECT FROM "bans" WHERE "event_id" = NEW."event_id" AND "user_id" = NEW."user_id") THEN
		RETURN NULL;
	END IF;
	RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER "attendees_are_not_banned" BEFORE INSERT ON "attendees" FOR EACH ROW EXECUTE FUNCTION "pass_over_the_banned"();
