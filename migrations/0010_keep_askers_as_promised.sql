-- Whether staff could see who asks anonymously when a question was asked: what was promised then holds afterwards.
ALTER TABLE "questions" ADD COLUMN "asker_visible" boolean DEFAULT false NOT NULL;