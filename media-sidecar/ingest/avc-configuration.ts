import { parseSequenceParameters, type SequenceParameters } from "./sequence-parameter-set.ts";

/**
 * The first sequence parameter set of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1), which is what
 * FLV carries as the AVC sequence header. Throws RangeError when it is cut short, Error when it has none.
 */
export function parseAvcConfiguration(record: Buffer): SequenceParameters {
  if (record.readUInt8(0) !== 1) throw new Error("not an AVC configuration");
  const count = record.readUInt8(5) & 0x1f;
  if (count === 0) throw new Error("an AVC configuration without sequence parameters");
  const length = record.readUInt16BE(6);
  if (8 + length > record.length) throw new RangeError("an AVC configuration is cut short");
  return parseSequenceParameters(record.subarray(8, 8 + length));
}

/** `avc1.PPCCLL` (RFC 6381 §3.3): profile, constraints and level of the record, in hexadecimal. */
export function avcCodecString(record: Buffer): string {
  return `avc1.${record.subarray(1, 4).toString("hex")}`;
}
