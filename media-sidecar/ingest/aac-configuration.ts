import { BitReader } from "./bit-reader.ts";

export interface AacConfiguration {
  /** 2 is AAC-LC, 5 SBR (HE-AAC), 29 PS (HE-AAC v2). */
  readonly objectType: number;
  readonly sampleRateHz: number;
  readonly channels: number;
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

/** An AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Throws RangeError when it is cut short or reserved. */
export function parseAacConfiguration(data: Buffer): AacConfiguration {
  const reader = new BitReader(data);
  const objectType = readObjectType(reader);
  const index = reader.bits(4);
  const sampleRateHz = index === 15 ? reader.bits(24) : sampleRates[index];
  if (sampleRateHz === undefined || sampleRateHz === 0) throw new RangeError("a reserved AAC sample rate");
  const configuration = reader.bits(4);
  // Table 1.19: 7 is 7.1; 0 says that a program config element counts them, which only a decoder should read.
  const channels = configuration === 7 ? 8 : configuration;
  return { objectType, sampleRateHz, channels };
}

function readObjectType(reader: BitReader): number {
  const type = reader.bits(5);
  return type === 31 ? 32 + reader.bits(6) : type;
}

/** What every browser plays and what every rendition carries: it may be copied. */
export function isPlainAac(configuration: AacConfiguration): boolean {
  return (
    configuration.objectType === 2 && configuration.sampleRateHz === 48_000 && configuration.channels === 2
  );
}
