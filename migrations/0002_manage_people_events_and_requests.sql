-- Adds what managing people and events needs (links by mail, waiting lists, logos, announcements, revocations for
-- gateways), versions against lost updates, the audit log, and the answers kept for Idempotency-Key.
CREATE TABLE "password_tokens" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "password_tokens_kind_is_known" CHECK ("password_tokens"."kind" in ('reset', 'invitation')),
	CONSTRAINT "password_tokens_are_hashed" CHECK ("password_tokens"."token_hash" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "socket_revocations" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"login_id" text,
	"event_id" text,
	"code" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "socket_revocations_code_is_known" CHECK ("socket_revocations"."code" in (4401, 4403))
);
--> statement-breakpoint
CREATE TABLE "announcements" (
	"id" text PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"user_id" text,
	"text" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "announcements_text" CHECK (length("announcements"."text") between 1 and 8000)
);
--> statement-breakpoint
CREATE TABLE "event_logos" (
	"event_id" text PRIMARY KEY NOT NULL,
	"content_type" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"hash" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_logos_type_is_known" CHECK ("event_logos"."content_type" in ('image/png', 'image/jpeg', 'image/webp')),
	CONSTRAINT "event_logos_size" CHECK (octet_length("event_logos"."bytes") between 1 and 2097152)
);
--> statement-breakpoint
CREATE TABLE "waitlist" (
	"event_id" text NOT NULL,
	"user_id" text NOT NULL,
	"position" bigserial NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "waitlist_pkey" PRIMARY KEY("event_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"event_id" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"request_id" text
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"caller" text NOT NULL,
	"operation" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"state" text DEFAULT 'in-flight' NOT NULL,
	"holder" text NOT NULL,
	"held_until" timestamp (3) with time zone NOT NULL,
	"status" integer,
	"headers" jsonb,
	"body" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY("caller","operation","key"),
	CONSTRAINT "idempotency_keys_state_is_known" CHECK ("idempotency_keys"."state" in ('in-flight', 'done', 'secret')),
	CONSTRAINT "idempotency_keys_answer_is_kept_when_done" CHECK (("idempotency_keys"."state" = 'done') = ("idempotency_keys"."status" is not null))
);
--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "access_code_hash" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "calendar_sequence" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "calendar_sequence" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "password_tokens" ADD CONSTRAINT "password_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcements" ADD CONSTRAINT "announcements_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "announcements" ADD CONSTRAINT "announcements_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_logos" ADD CONSTRAINT "event_logos_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waitlist" ADD CONSTRAINT "waitlist_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waitlist" ADD CONSTRAINT "waitlist_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "password_tokens_of_user" ON "password_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "password_tokens_by_expiry" ON "password_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "socket_revocations_by_time" ON "socket_revocations" USING btree ("at");--> statement-breakpoint
CREATE INDEX "announcements_of_event" ON "announcements" USING btree ("event_id","created_at","id");--> statement-breakpoint
CREATE INDEX "waitlist_in_order" ON "waitlist" USING btree ("event_id","position");--> statement-breakpoint
CREATE INDEX "waitlist_of_user" ON "waitlist" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "audit_log_by_time" ON "audit_log" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_log_of_actor" ON "audit_log" USING btree ("actor_id","at");--> statement-breakpoint
CREATE INDEX "audit_log_of_subject" ON "audit_log" USING btree ("subject_id","at");--> statement-breakpoint
CREATE INDEX "audit_log_of_event" ON "audit_log" USING btree ("event_id","at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "users_by_creation" ON "users" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "attendees_by_joining" ON "attendees" USING btree ("event_id","joined_at","user_id");--> statement-breakpoint
-- The version grows with whatever an editor sees, whoever writes it: If-Match compares it. Triggers name the columns,
-- so that a join, a heartbeat or a viewer count is no edit.
CREATE FUNCTION "grow_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW."version" := OLD."version" + 1;
	NEW."updated_at" := now();
	RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER "users_grow_version" BEFORE UPDATE OF "email", "name", "role", "avatar_url", "deleted_at" ON "users"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version"();--> statement-breakpoint
CREATE TRIGGER "streams_grow_version" BEFORE UPDATE OF "title", "session_id", "latency_mode", "record", "reconnect_window_seconds" ON "streams"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version"();--> statement-breakpoint
-- Calendars take a changed entry only when its SEQUENCE has grown (RFC 5545, section 3.8.7.4).
CREATE FUNCTION "grow_version_and_sequence"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW."version" := OLD."version" + 1;
	NEW."updated_at" := now();
	IF (OLD."title", OLD."starts_at", OLD."ends_at", OLD."status") IS DISTINCT FROM (NEW."title", NEW."starts_at", NEW."ends_at", NEW."status") THEN
		NEW."calendar_sequence" := OLD."calendar_sequence" + 1;
	END IF;
	RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER "events_grow_version" BEFORE UPDATE OF "slug", "title", "description", "time_zone", "starts_at", "ends_at", "status", "visibility", "max_attendees", "primary_color", "accent_color", "logo_url", "banner_url", "access_code_hash" ON "events"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version_and_sequence"();--> statement-breakpoint
CREATE TRIGGER "sessions_grow_version" BEFORE UPDATE OF "title", "starts_at", "ends_at", "status", "chat_enabled", "questions_enabled", "questions_moderated", "polls_enabled", "slow_mode_seconds" ON "sessions"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version_and_sequence"();--> statement-breakpoint
CREATE FUNCTION "grow_version_of_session"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "sessions" SET "version" = "version" + 1, "updated_at" = now()
		WHERE "id" = CASE TG_OP WHEN 'DELETE' THEN OLD."session_id" ELSE NEW."session_id" END;
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "session_speakers_grow_version" AFTER INSERT OR DELETE ON "session_speakers" FOR EACH ROW EXECUTE FUNCTION "grow_version_of_session"();--> statement-breakpoint
-- The last admin can be neither demoted nor deleted, not even from two sides at once: whoever takes an admin away
-- waits here for the other, and then sees what the other left.
CREATE FUNCTION "keep_an_admin"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(7283164094);
	IF NOT EXISTS (SELECT FROM "users" WHERE "role" = 'admin' AND "deleted_at" IS NULL) THEN
		RAISE EXCEPTION 'the last admin stays' USING ERRCODE = '23514', CONSTRAINT = 'users_last_admin';
	END IF;
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "users_keep_an_admin" AFTER UPDATE OF "role", "deleted_at" ON "users"
	FOR EACH ROW WHEN (OLD."role" = 'admin' AND OLD."deleted_at" IS NULL AND (NEW."role" <> 'admin' OR NEW."deleted_at" IS NOT NULL))
	EXECUTE FUNCTION "keep_an_admin"();--> statement-breakpoint
CREATE TRIGGER "users_keep_an_admin_row" AFTER DELETE ON "users"
	FOR EACH ROW WHEN (OLD."role" = 'admin' AND OLD."deleted_at" IS NULL) EXECUTE FUNCTION "keep_an_admin"();
