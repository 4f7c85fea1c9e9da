-- Old samples become one for some minutes, which stands for many; and a recording has pictures along its seek bar.
ALTER TABLE "recordings" ADD COLUMN "thumbnails" text;--> statement-breakpoint
ALTER TABLE "stream_samples" ADD COLUMN "weight" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "stream_samples" ADD COLUMN "folded" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "stream_samples_to_fold" ON "stream_samples" USING btree ("at") WHERE not "stream_samples"."folded";
