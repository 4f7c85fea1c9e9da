/**
 * Plays with sound if that is how the video stands, and muted where the browser allows only that. False where it wants to
 * be touched first.
 */
export async function startVideo(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (error) {
    // Anything else is told by the video's own events.
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return true;
    if (video.muted) return false;
    video.muted = true;
    return startVideo(video);
  }
}
