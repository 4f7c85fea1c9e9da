-- Mails wait in a queue until they have left, so that a mail server that is away costs nobody a link.
CREATE TABLE "mails_due" (
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"event_id" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mails_due_pkey" PRIMARY KEY("user_id","kind"),
	CONSTRAINT "mails_due_kind_is_known" CHECK ("mails_due"."kind" in ('reset', 'invitation'))
);
--> statement-breakpoint
ALTER TABLE "mails_due" ADD CONSTRAINT "mails_due_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mails_due_by_time" ON "mails_due" USING btree ("due_at");