-- Finds what an author wrote in the last seconds, for the limits on chat.
DROP INDEX "chat_messages_of_user";--> statement-breakpoint
CREATE INDEX "chat_messages_of_user" ON "chat_messages" USING btree ("user_id","created_at");
