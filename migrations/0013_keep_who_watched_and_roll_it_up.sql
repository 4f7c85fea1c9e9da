CREATE TABLE "play_minutes" (
	"stream_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"play_id" text NOT NULL,
	"minute" timestamp (3) with time zone NOT NULL,
	"session_id" text,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"beat" integer NOT NULL,
	"playing" boolean NOT NULL,
	"ended" boolean DEFAULT false NOT NULL,
	"played_seconds" double precision NOT NULL,
	"stalls" integer DEFAULT 0 NOT NULL,
	"stall_seconds" double precision DEFAULT 0 NOT NULL,
	"errors" integer DEFAULT 0 NOT NULL,
	"latency_seconds" double precision,
	"renditions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "play_minutes_pkey" PRIMARY KEY("stream_id","viewer_id","play_id","minute")
);
--> statement-breakpoint
CREATE TABLE "plays" (
	"stream_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"play_id" text NOT NULL,
	"session_id" text,
	"device" text NOT NULL,
	"browser" text NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"join_ms" integer,
	CONSTRAINT "plays_pkey" PRIMARY KEY("stream_id","viewer_id","play_id")
);
--> statement-breakpoint
CREATE TABLE "presence_minutes" (
	"session_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"via" text NOT NULL,
	"minute" timestamp (3) with time zone NOT NULL,
	"stream_id" text,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"played_seconds" double precision DEFAULT 0 NOT NULL,
	"stalls" integer DEFAULT 0 NOT NULL,
	"latency_seconds" double precision,
	CONSTRAINT "presence_minutes_pkey" PRIMARY KEY("session_id","minute","viewer_id","via"),
	CONSTRAINT "presence_minutes_via_is_known" CHECK ("presence_minutes"."via" in ('socket', 'playlist'))
);
--> statement-breakpoint
CREATE TABLE "roll_up_marks" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"rolled_up_at" timestamp (3) with time zone DEFAULT '-infinity' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "viewer_hours" (
	"scope_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"watched_seconds" double precision NOT NULL,
	"stalls" integer DEFAULT 0 NOT NULL,
	"stall_seconds" double precision DEFAULT 0 NOT NULL,
	"errors" integer DEFAULT 0 NOT NULL,
	"latency_seconds" double precision,
	"renditions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "viewer_hours_pkey" PRIMARY KEY("scope_id","viewer_id","hour")
);
--> statement-breakpoint
CREATE TABLE "watch_roll_ups" (
	"scope_id" text NOT NULL,
	"span" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"viewers" integer NOT NULL,
	"peak_viewers" integer NOT NULL,
	"watched_seconds" double precision NOT NULL,
	"stalls" integer NOT NULL,
	"stall_seconds" double precision NOT NULL,
	"errors" integer NOT NULL,
	"renditions" jsonb NOT NULL,
	CONSTRAINT "watch_roll_ups_pkey" PRIMARY KEY("scope_id","span","at"),
	CONSTRAINT "watch_roll_ups_span_is_known" CHECK ("watch_roll_ups"."span" in ('minute', 'hour'))
);
--> statement-breakpoint
ALTER TABLE "play_minutes" ADD CONSTRAINT "play_minutes_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "play_minutes" ADD CONSTRAINT "play_minutes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plays" ADD CONSTRAINT "plays_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plays" ADD CONSTRAINT "plays_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presence_minutes" ADD CONSTRAINT "presence_minutes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presence_minutes" ADD CONSTRAINT "presence_minutes_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."streams"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "play_minutes_of_stream" ON "play_minutes" USING btree ("stream_id","minute");--> statement-breakpoint
CREATE INDEX "play_minutes_of_session" ON "play_minutes" USING btree ("session_id","minute");--> statement-breakpoint
CREATE INDEX "play_minutes_of_viewer" ON "play_minutes" USING btree ("viewer_id");--> statement-breakpoint
CREATE INDEX "play_minutes_by_time" ON "play_minutes" USING btree ("minute");--> statement-breakpoint
CREATE INDEX "plays_of_session" ON "plays" USING btree ("session_id","first_at");--> statement-breakpoint
CREATE INDEX "plays_of_viewer" ON "plays" USING btree ("viewer_id");--> statement-breakpoint
CREATE INDEX "plays_by_time" ON "plays" USING btree ("first_at");--> statement-breakpoint
CREATE INDEX "presence_minutes_of_stream" ON "presence_minutes" USING btree ("stream_id","minute");--> statement-breakpoint
CREATE INDEX "presence_minutes_of_viewer" ON "presence_minutes" USING btree ("viewer_id");--> statement-breakpoint
CREATE INDEX "presence_minutes_by_time" ON "presence_minutes" USING btree ("minute");--> statement-breakpoint
CREATE INDEX "roll_up_marks_waiting" ON "roll_up_marks" USING btree ("seen_at") WHERE rolled_up_at < seen_at;--> statement-breakpoint
CREATE INDEX "viewer_hours_of_viewer" ON "viewer_hours" USING btree ("viewer_id","hour");--> statement-breakpoint
CREATE INDEX "viewer_hours_by_time" ON "viewer_hours" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "watch_roll_ups_by_time" ON "watch_roll_ups" USING btree ("span","at");--> statement-breakpoint
-- Written over four times a minute, all rows of a page at once: room for two of each keeps the new ones on their page, with no index touched.
ALTER TABLE "play_minutes" SET (fillfactor = 45);--> statement-breakpoint
ALTER TABLE "presence_minutes" SET (fillfactor = 45);
