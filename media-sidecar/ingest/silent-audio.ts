/** Silence as AAC-LC, made without an encoder: an empty frame is the same few bytes at any sample rate. */

/** AudioSpecificConfig of AAC-LC, 48 kHz, stereo. */
export const silentConfiguration = Buffer.from([0x11, 0x90]);
export const silentSampleRateHz = 48_000;
/** Samples of one AAC-LC frame (ISO/IEC 14496-3 §4.5.1.1, frameLengthFlag 0). */
export const samplesPerFrame = 1024;

const mono = Buffer.from([0x00, 0xc8, 0x00, 0x80, 0x23, 0x80]);
const stereo = Buffer.from([0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80]);

/** One raw frame of silence; null where no ready-made one fits. */
export function silentFrame(channels: number): Buffer | null {
  return channels === 1 ? mono : channels === 2 ? stereo : null;
}
