-- What changed in the order of questions, so that the pages of the top ones stay as they stood at the first page.
CREATE TABLE "question_rank_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"question_id" text NOT NULL,
	"upvotes" integer NOT NULL,
	"pinned" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "question_rank_changes" ADD CONSTRAINT "question_rank_changes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "question_rank_changes" ADD CONSTRAINT "question_rank_changes_question_id_questions_id_fk" FOREIGN KEY ("question_id") REFERENCES "public"."questions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "question_rank_changes_of_session" ON "question_rank_changes" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "question_rank_changes_of_question" ON "question_rank_changes" USING btree ("question_id");--> statement-breakpoint
CREATE INDEX "question_rank_changes_by_age" ON "question_rank_changes" USING btree ("at");