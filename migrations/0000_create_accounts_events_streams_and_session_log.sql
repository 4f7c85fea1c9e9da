-- Creates what the first path needs: accounts and logins, events with their sessions and seats, streams with the
-- media nodes that carry them, and the ordered log of each session with the chat that projects it.
CREATE TABLE "logins" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"device_name" text,
	"user_agent" text,
	"ip" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text DEFAULT 'attendee' NOT NULL,
	"password_hash" text NOT NULL,
	"avatar_url" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_taken" UNIQUE("email"),
	CONSTRAINT "users_email_is_lower_case" CHECK ("users"."email" = lower("users"."email" collate "C")),
	CONSTRAINT "users_role_is_known" CHECK ("users"."role" in ('attendee', 'speaker', 'moderator', 'admin'))
);
--> statement-breakpoint
CREATE TABLE "attendees" (
	"event_id" text NOT NULL,
	"user_id" text NOT NULL,
	"joined_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "attendees_pkey" PRIMARY KEY("event_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "bans" (
	"event_id" text NOT NULL,
	"user_id" text NOT NULL,
	"banned_by" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bans_pkey" PRIMARY KEY("event_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"starts_at" timestamp (3) with time zone,
	"ends_at" timestamp (3) with time zone,
	"status" text DEFAULT 'scheduled' NOT NULL,
	"visibility" text DEFAULT 'public' NOT NULL,
	"max_attendees" integer,
	"attendee_count" integer DEFAULT 0 NOT NULL,
	"primary_color" text,
	"accent_color" text,
	"logo_url" text,
	"banner_url" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "events_slug_taken" UNIQUE("slug"),
	CONSTRAINT "events_status_is_known" CHECK ("events"."status" in ('draft', 'scheduled', 'live', 'ended', 'cancelled')),
	CONSTRAINT "events_visibility_is_known" CHECK ("events"."visibility" in ('public', 'private')),
	CONSTRAINT "events_end_after_start" CHECK ("events"."ends_at" >= "events"."starts_at"),
	CONSTRAINT "events_capacity" CHECK ("events"."attendee_count" >= 0 and ("events"."max_attendees" is null or "events"."attendee_count" <= "events"."max_attendees"))
);
--> statement-breakpoint
CREATE TABLE "members" (
	"event_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_pkey" PRIMARY KEY("event_id","user_id"),
	CONSTRAINT "members_role_is_known" CHECK ("members"."role" in ('attendee', 'speaker', 'moderator'))
);
--> statement-breakpoint
CREATE TABLE "session_speakers" (
	"session_id" text NOT NULL,
	"user_id" text NOT NULL,
	CONSTRAINT "session_speakers_pkey" PRIMARY KEY("session_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"title" text NOT NULL,
	"starts_at" timestamp (3) with time zone,
	"ends_at" timestamp (3) with time zone,
	"status" text DEFAULT 'scheduled' NOT NULL,
	"chat_enabled" boolean DEFAULT true NOT NULL,
	"questions_enabled" boolean DEFAULT true NOT NULL,
	"questions_moderated" boolean DEFAULT false NOT NULL,
	"polls_enabled" boolean DEFAULT true NOT NULL,
	"slow_mode_seconds" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sessions_status_is_known" CHECK ("sessions"."status" in ('scheduled', 'live', 'ended', 'cancelled')),
	CONSTRAINT "sessions_end_after_start" CHECK ("sessions"."ends_at" >= "sessions"."starts_at"),
	CONSTRAINT "sessions_slow_mode" CHECK ("sessions"."slow_mode_seconds" between 0 and 3600)
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"user_id" text NOT NULL,
	"text" text NOT NULL,
	"reply_to" text,
	"pinned" boolean DEFAULT false NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chat_messages_seq_unique" UNIQUE("session_id","seq"),
	CONSTRAINT "chat_messages_text" CHECK (length("chat_messages"."text") between 1 and 8000)
);
--> statement-breakpoint
CREATE TABLE "realtime_tickets" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"viewer" jsonb NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_commands" (
	"user_id" text NOT NULL,
	"ref" text NOT NULL,
	"session_id" text NOT NULL,
	"result" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_commands_pkey" PRIMARY KEY("user_id","ref")
);
--> statement-breakpoint
CREATE TABLE "session_events" (
	"session_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"audience_kind" text DEFAULT 'all' NOT NULL,
	"audience_user_id" text,
	"actor_id" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "session_events_pkey" PRIMARY KEY("session_id","seq"),
	CONSTRAINT "session_events_seq" CHECK ("session_events"."seq" >= 1),
	CONSTRAINT "session_events_audience_is_known" CHECK ("session_events"."audience_kind" in ('all', 'staff', 'user')),
	CONSTRAINT "session_events_audience_names_its_user" CHECK (("session_events"."audience_kind" = 'user') = ("session_events"."audience_user_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "session_logs" (
	"session_id" text PRIMARY KEY NOT NULL,
	"head" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "session_logs_head" CHECK ("session_logs"."head" >= 0)
);
--> statement-breakpoint
CREATE TABLE "media_commands" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"kind" text NOT NULL,
	"stream_id" text NOT NULL,
	"playback_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	CONSTRAINT "media_commands_kind_is_known" CHECK ("media_commands"."kind" in ('cut', 'end'))
);
--> statement-breakpoint
CREATE TABLE "media_nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"hls_host" text NOT NULL,
	"rtmp_host" text NOT NULL,
	"live_streams" integer DEFAULT 0 NOT NULL,
	"heartbeat_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "streams" (
	"id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"session_id" text,
	"key_hash" text NOT NULL,
	"playback_id" text NOT NULL,
	"status" text DEFAULT 'idle' NOT NULL,
	"latency_mode" text DEFAULT 'standard' NOT NULL,
	"record" boolean DEFAULT false NOT NULL,
	"reconnect_window_seconds" integer DEFAULT 60 NOT NULL,
	"media_node_id" text,
	"broadcast_id" text,
	"report_revision" bigint DEFAULT 0 NOT NULL,
	"source" jsonb,
	"renditions" jsonb,
	"warnings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"last_error" text,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"viewers" integer DEFAULT 0 NOT NULL,
	"viewers_at" timestamp (3) with time zone,
	"peak_viewers" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "streams_session_has_stream" UNIQUE("session_id"),
	CONSTRAINT "streams_key_hash_unique" UNIQUE("key_hash"),
	CONSTRAINT "streams_playback_id_unique" UNIQUE("playback_id"),
	CONSTRAINT "streams_key_is_hashed" CHECK ("streams"."key_hash" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "streams_status_is_known" CHECK ("streams"."status" in ('idle', 'starting', 'live', 'reconnecting', 'ended')),
	CONSTRAINT "streams_latency_mode_is_known" CHECK ("streams"."latency_mode" in ('standard', 'low')),
	CONSTRAINT "streams_reconnect_window" CHECK ("streams"."reconnect_window_seconds" between 0 and 1800),
	CONSTRAINT "streams_viewers" CHECK ("streams"."viewers" >= 0 and "streams"."peak_viewers" >= 0)
);
--> statement-breakpoint
ALTER TABLE "logins" ADD CONSTRAINT "logins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendees" ADD CONSTRAINT "attendees_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendees" ADD CONSTRAINT "attendees_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bans" ADD CONSTRAINT "bans_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bans" ADD CONSTRAINT "bans_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bans" ADD CONSTRAINT "bans_banned_by_users_id_fk" FOREIGN KEY ("banned_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_speakers" ADD CONSTRAINT "session_speakers_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_speakers" ADD CONSTRAINT "session_speakers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_reply_to_chat_messages_id_fk" FOREIGN KEY ("reply_to") REFERENCES "public"."chat_messages"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_commands" ADD CONSTRAINT "session_commands_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_events" ADD CONSTRAINT "session_events_session_id_session_logs_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."session_logs"("session_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_logs" ADD CONSTRAINT "session_logs_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "streams" ADD CONSTRAINT "streams_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "streams" ADD CONSTRAINT "streams_media_node_id_media_nodes_id_fk" FOREIGN KEY ("media_node_id") REFERENCES "public"."media_nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "logins_of_user" ON "logins" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "attendees_of_user" ON "attendees" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "events_by_creation" ON "events" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "members_of_user" ON "members" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_of_event" ON "sessions" USING btree ("event_id","created_at");--> statement-breakpoint
CREATE INDEX "chat_messages_pinned" ON "chat_messages" USING btree ("session_id") WHERE "chat_messages"."pinned";--> statement-breakpoint
CREATE INDEX "chat_messages_of_user" ON "chat_messages" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "chat_messages_replies" ON "chat_messages" USING btree ("reply_to");--> statement-breakpoint
CREATE INDEX "realtime_tickets_by_expiry" ON "realtime_tickets" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "session_commands_by_age" ON "session_commands" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "media_commands_open" ON "media_commands" USING btree ("node_id","id") WHERE "media_commands"."acknowledged_at" is null;--> statement-breakpoint
CREATE INDEX "streams_by_creation" ON "streams" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "streams_of_node" ON "streams" USING btree ("media_node_id");--> statement-breakpoint
-- The count on the event is what its capacity check reads. A trigger keeps it, so that it also follows rows that
-- go by cascade, and so that two simultaneous joins meet at the event's row lock.
CREATE FUNCTION "count_attendees"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		UPDATE "events" SET "attendee_count" = "attendee_count" + 1 WHERE "id" = NEW."event_id";
	ELSE
		UPDATE "events" SET "attendee_count" = "attendee_count" - 1 WHERE "id" = OLD."event_id";
	END IF;
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "attendees_are_counted" AFTER INSERT OR DELETE ON "attendees" FOR EACH ROW EXECUTE FUNCTION "count_attendees"();
