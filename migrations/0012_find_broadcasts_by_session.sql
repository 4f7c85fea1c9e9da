-- Where a session's broadcasts began, for the clock of its replay; and a session that is deleted lets them go.
CREATE INDEX "broadcasts_of_session" ON "broadcasts" USING btree ("session_id","started_at");
