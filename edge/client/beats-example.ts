import { followVideo, lookAtVideo } from "./follow-video.ts";
import { PlaybackBeats } from "./playback-beats.ts";

/** The README's example of a player that is not ours, on a site that is not ours; `play` gets a playlist's address. */
export async function beatsExample(
  url: string,
  streamId: string,
  video: HTMLVideoElement,
  play: (address: string) => void,
) {
  let viewer = ""; // says that it is the same viewer again, where our cookie does not reach
  const loadPlayback = async () => {
    const answer = await fetch(`${url}/api/streams/${streamId}/playback?viewer=${viewer}`);
    if (!answer.ok) throw new Error(`It may not be watched: ${answer.status}`);
    const playback = await answer.json();
    viewer = playback.beatToken;
    return playback;
  };
  const beats = new PlaybackBeats({ to: url, loadPlayback, look: () => lookAtVideo(video) });
  const stop = followVideo(beats, video);
  const playback = await loadPlayback();
  beats.use(playback);
  play(playback.url);
  return stop;
}
