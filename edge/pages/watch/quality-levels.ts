/** One level as players report it; `index` is the player's own number for it. */
export interface Level {
  index: number;
  width: number;
  height: number;
  /** bit/s */
  bitrate: number;
  frameRate: number;
}

export interface QualityOption {
  /** A level's index, or -1 for automatic. */
  index: number;
  label: string;
  detail: string;
  selected: boolean;
}

/** The menu, best first, automatic on top. `chosen` -1 means automatic; `playing` is the level on screen, or -1. */
export function qualityOptions(levels: Level[], chosen: number, playing: number): QualityOption[] {
  const onScreen = levels.find(({ index }) => index === playing);
  const automatic: QualityOption = {
    index: -1,
    label: "Automatic",
    detail: chosen === -1 && onScreen ? `now ${levelName(onScreen)}` : "fits your connection",
    selected: chosen === -1,
  };
  const fixed = [...levels]
    .sort((a, b) => b.height - a.height || b.bitrate - a.bitrate)
    .map((level) => ({
      index: level.index,
      label: levelName(level),
      detail: describeBitrate(level.bitrate),
      selected: chosen === level.index,
    }));
  return [automatic, ...fixed];
}

/** "1080p", "720p60"; named by the shorter side, so an upright picture is 1080p as well. */
export function levelName({ width, height, frameRate }: Level): string {
  const lines = width > 0 ? Math.min(width, height) : height;
  if (lines <= 0) return "Audio";
  return `${lines}p${frameRate > 32 ? Math.round(frameRate) : ""}`;
}

function describeBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond <= 0) return "";
  const megabits = bitsPerSecond / 1_000_000;
  return megabits >= 1 ? `${megabits.toFixed(1)} Mbit/s` : `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}
