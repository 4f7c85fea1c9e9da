-- What one person did anywhere: their reactions are found by who they are.
CREATE INDEX "session_reactions_of_user" ON "session_reactions" USING btree ("user_id");