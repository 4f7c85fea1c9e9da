-- What a session engages people with: moderation (mutes, held messages, word filter), questions, polls, reactions, and who watched.
CREATE TABLE "activity_reports" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chat_mutes" (
	"session_id" text NOT NULL,
	"user_id" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"shadow" boolean DEFAULT false NOT NULL,
	"muted_by" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chat_mutes_pkey" PRIMARY KEY("session_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "poll_options" (
	"id" text PRIMARY KEY NOT NULL,
	"poll_id" text NOT NULL,
	"position" integer NOT NULL,
	"text" text NOT NULL,
	"votes" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "poll_options_position" UNIQUE("poll_id","position"),
	CONSTRAINT "poll_options_of_poll" UNIQUE("poll_id","id"),
	CONSTRAINT "poll_options_votes" CHECK ("poll_options"."votes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "poll_votes" (
	"poll_id" text NOT NULL,
	"user_id" text NOT NULL,
	"option_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "poll_votes_pkey" PRIMARY KEY("poll_id","user_id","option_id")
);
--> statement-breakpoint
CREATE TABLE "polls" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"question" text NOT NULL,
	"multiple" boolean DEFAULT false NOT NULL,
	"hide_results" boolean DEFAULT false NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"closes_at" timestamp (3) with time zone,
	"voters" integer DEFAULT 0 NOT NULL,
	"created_by" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "polls_status_is_known" CHECK ("polls"."status" in ('draft', 'open', 'closed', 'archived')),
	CONSTRAINT "polls_voters" CHECK ("polls"."voters" >= 0)
);
--> statement-breakpoint
CREATE TABLE "question_upvotes" (
	"question_id" text NOT NULL,
	"user_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "question_upvotes_pkey" PRIMARY KEY("question_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "questions" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"user_id" text NOT NULL,
	"anonymous" boolean DEFAULT false NOT NULL,
	"text" text NOT NULL,
	"status" text DEFAULT 'visible' NOT NULL,
	"upvotes" integer DEFAULT 0 NOT NULL,
	"pinned" boolean DEFAULT false NOT NULL,
	"answering" boolean DEFAULT false NOT NULL,
	"answer" text,
	"message_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "questions_of_message" UNIQUE("message_id"),
	CONSTRAINT "questions_status_is_known" CHECK ("questions"."status" in ('pending', 'visible', 'answered', 'archived')),
	CONSTRAINT "questions_upvotes" CHECK ("questions"."upvotes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "session_reactions" (
	"session_id" text NOT NULL,
	"user_id" text NOT NULL,
	"emoji" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "session_reactions_pkey" PRIMARY KEY("session_id","user_id","emoji")
);
--> statement-breakpoint
CREATE TABLE "session_watches" (
	"session_id" text NOT NULL,
	"viewer_id" text NOT NULL,
	"user_id" text,
	"played_seconds" double precision DEFAULT 0 NOT NULL,
	"stalls" integer DEFAULT 0 NOT NULL,
	"latency_seconds" double precision,
	"first_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_watches_pkey" PRIMARY KEY("session_id","viewer_id")
);
--> statement-breakpoint
ALTER TABLE "session_events" DROP CONSTRAINT "session_events_audience_is_known";--> statement-breakpoint
ALTER TABLE "session_events" DROP CONSTRAINT "session_events_audience_names_its_user";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "chat_moderated" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "blocked_words" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "blocked_words_action" text DEFAULT 'hold' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "duplicate_seconds" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "askers_visible_to_staff" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "mentions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "state" text DEFAULT 'visible' NOT NULL;--> statement-breakpoint
ALTER TABLE "chat_messages" ADD COLUMN "deleted_by" text;--> statement-breakpoint
ALTER TABLE "session_logs" ADD COLUMN "viewers" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "session_logs" ADD COLUMN "viewers_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "session_logs" ADD COLUMN "peak_viewers" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "chat_mutes" ADD CONSTRAINT "chat_mutes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_mutes" ADD CONSTRAINT "chat_mutes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll_options" ADD CONSTRAINT "poll_options_poll_id_polls_id_fk" FOREIGN KEY ("poll_id") REFERENCES "public"."polls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll_votes" ADD CONSTRAINT "poll_votes_poll_id_polls_id_fk" FOREIGN KEY ("poll_id") REFERENCES "public"."polls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll_votes" ADD CONSTRAINT "poll_votes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll_votes" ADD CONSTRAINT "poll_votes_option_is_of_poll" FOREIGN KEY ("poll_id","option_id") REFERENCES "public"."poll_options"("poll_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "polls" ADD CONSTRAINT "polls_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "question_upvotes" ADD CONSTRAINT "question_upvotes_question_id_questions_id_fk" FOREIGN KEY ("question_id") REFERENCES "public"."questions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "question_upvotes" ADD CONSTRAINT "question_upvotes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questions" ADD CONSTRAINT "questions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questions" ADD CONSTRAINT "questions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questions" ADD CONSTRAINT "questions_message_id_chat_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."chat_messages"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_reactions" ADD CONSTRAINT "session_reactions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_reactions" ADD CONSTRAINT "session_reactions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_watches" ADD CONSTRAINT "session_watches_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_watches" ADD CONSTRAINT "session_watches_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "activity_reports_by_age" ON "activity_reports" USING btree ("at");--> statement-breakpoint
CREATE INDEX "poll_votes_of_user" ON "poll_votes" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "polls_of_session" ON "polls" USING btree ("session_id","created_at","id");--> statement-breakpoint
CREATE INDEX "polls_that_close" ON "polls" USING btree ("closes_at") WHERE "polls"."status" = 'open';--> statement-breakpoint
CREATE INDEX "question_upvotes_of_user" ON "question_upvotes" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "questions_one_is_being_answered" ON "questions" USING btree ("session_id") WHERE "questions"."answering";--> statement-breakpoint
CREATE INDEX "questions_by_upvotes" ON "questions" USING btree ("session_id","pinned","upvotes","created_at");--> statement-breakpoint
CREATE INDEX "questions_by_creation" ON "questions" USING btree ("session_id","created_at","id");--> statement-breakpoint
CREATE INDEX "questions_of_user" ON "questions" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "chat_messages_unseen" ON "chat_messages" USING btree ("session_id","seq") WHERE "chat_messages"."state" <> 'visible';--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_blocked_words_action" CHECK ("sessions"."blocked_words_action" in ('hold', 'refuse'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_duplicate_seconds" CHECK ("sessions"."duplicate_seconds" between 0 and 3600);--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_state_is_known" CHECK ("chat_messages"."state" in ('visible', 'held', 'shadowed'));--> statement-breakpoint
ALTER TABLE "session_events" ADD CONSTRAINT "session_events_audience_is_known" CHECK ("session_events"."audience_kind" in ('all', 'staff', 'team', 'user'));--> statement-breakpoint
ALTER TABLE "session_events" ADD CONSTRAINT "session_events_audience_names_its_user" CHECK (("session_events"."audience_kind" <> 'user' or "session_events"."audience_user_id" is not null) and ("session_events"."audience_kind" <> 'all' or "session_events"."audience_user_id" is null));
--> statement-breakpoint
DROP TRIGGER "sessions_grow_version" ON "sessions";--> statement-breakpoint
CREATE TRIGGER "sessions_grow_version" BEFORE UPDATE OF "title", "starts_at", "ends_at", "status", "chat_enabled", "questions_enabled", "questions_moderated", "polls_enabled", "slow_mode_seconds", "chat_moderated" ON "sessions"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "grow_version_and_sequence"();
