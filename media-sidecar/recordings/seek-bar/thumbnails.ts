/** Small pictures along a recording for seek bars: sheets of many, and a WebVTT file that says which is where. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pictureOf, type StillSettings } from "../../thumbnails/still.ts";
import { parametersOf } from "../movie/parameters.ts";
import { readMovieHeader } from "../movie/write-movie.ts";
import type { KeptSegment, RecordingMedia } from "../recording-media.ts";
import { type PictureFormat, pictureFormat, readKeyframe } from "./keyframe.ts";
import {
  type Cue,
  planSheets,
  renderThumbnails,
  sheetColumns,
  type Thumbnail,
  thumbnailSize,
} from "./sheet-plan.ts";

export const thumbnailsFile = "thumbnails.vtt";
const jpegQuality = 6;

interface Pictured extends KeptSegment {
  readonly parameters: string;
  readonly format: PictureFormat;
}

type Settings = Pick<StillSettings, "ffmpegPath" | "signal">;

/**
 * One keyframe of the smallest picture every ten seconds. Its file's name; null where there is none to be made, for a
 * recording is one without it. Rejects with the signal's reason only.
 */
export async function makeThumbnails(
  media: RecordingMedia,
  settings: Settings,
): Promise<typeof thumbnailsFile | null> {
  const written: string[] = [];
  try {
    const cues: Cue[] = [];
    for (const sheet of planSheets(await picturedSegments(media.segments("smallest")))) {
      const file = `thumbnails-${written.length + 1}.jpg`;
      const made = await makeSheet(sheet, settings);
      if (made === null) continue;
      written.push(file);
      await write(media.directory, file, made.picture);
      cues.push(...made.cues.map((cue) => ({ ...cue, file })));
    }
    if (cues.length === 0) return null;
    await write(media.directory, thumbnailsFile, renderThumbnails(cues));
    return thumbnailsFile;
  } catch {
    settings.signal.throwIfAborted();
    for (const file of written) await rm(join(media.directory, file), { force: true });
    return null;
  }
}

async function picturedSegments(segments: readonly KeptSegment[]): Promise<Pictured[]> {
  const known = new Map<string, Pick<Pictured, "parameters" | "format"> | null>();
  const pictured: Pictured[] = [];
  for (const segment of segments) {
    let init = known.get(segment.initPath);
    if (init === undefined) {
      const moov = await readMovieHeader(segment.initPath);
      const format = pictureFormat(moov);
      init = format && { parameters: parametersOf(moov), format };
      known.set(segment.initPath, init);
    }
    if (init !== null) pictured.push({ ...segment, ...init });
  }
  return pictured;
}

async function makeSheet(
  sheet: readonly Thumbnail<Pictured>[],
  settings: Settings,
): Promise<{ picture: Buffer; cues: Omit<Cue, "file">[] } | null> {
  const { track } = sheet[0]!.segment.format;
  const { width, height } = thumbnailSize(track.width, track.height);
  const pictures: Buffer[] = [];
  const cues: Omit<Cue, "file">[] = [];
  for (const { segment, fromSeconds, toSeconds } of sheet) {
    settings.signal.throwIfAborted();
    const keyframe = await readKeyframe(segment.path, segment.format);
    if (keyframe === null) continue;
    const [column, row] = [pictures.length % sheetColumns, Math.floor(pictures.length / sheetColumns)];
    cues.push({ fromSeconds, toSeconds, place: { x: column * width, y: row * height, width, height } });
    pictures.push(keyframe);
  }
  if (pictures.length === 0) return null;
  const columns = Math.min(sheetColumns, pictures.length);
  const tiles = `${columns}x${Math.ceil(pictures.length / columns)}`;
  const args = [
    ...["-v", "error", "-threads", "1", "-f", "h264", "-i", "pipe:0", "-an"],
    // Each picture once, whatever times a bare byte stream may be given.
    ...["-fps_mode", "passthrough", "-vf", `scale=${width}:${height},tile=${tiles}`, "-frames:v", "1"],
    ...["-c:v", "mjpeg", "-q:v", String(jpegQuality), "-threads", "1", "-f", "image2pipe", "pipe:3"],
  ];
  return { picture: await pictureOf(Buffer.concat(pictures), args, settings), cues };
}

/** Whole or not at all. */
async function write(directory: string, name: string, data: Buffer | string): Promise<void> {
  const temporary = join(directory, `${name}.making`);
  try {
    await writeFile(temporary, data);
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
