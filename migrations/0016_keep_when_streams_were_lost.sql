-- When a stream's encoder was lost, and when polls were opened: what a report marks on its curve.
ALTER TABLE "broadcasts" ADD COLUMN "losses" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "session_events_of_new_polls" ON "session_events" USING btree ("session_id","seq") WHERE "session_events"."type" = 'poll:new';