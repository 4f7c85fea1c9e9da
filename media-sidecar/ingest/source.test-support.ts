/** A hand-made AVCDecoderConfigurationRecord: Baseline, progressive, even sizes, cropped from whole blocks. */
export function avcRecord(width: number, height: number): Buffer {
  const blocks = (side: number) => Math.ceil(side / 16);
  const exp = (value: number) => {
    const code = (value + 1).toString(2);
    return "0".repeat(code.length - 1) + code;
  };
  const byte = (value: number) => value.toString(2).padStart(8, "0");
  const crops = [0, (blocks(width) * 16 - width) / 2, 0, (blocks(height) * 16 - height) / 2];
  const bits = [
    byte(66),
    byte(0xc0),
    byte(30),
    ...[0, 0, 2, 1].map(exp),
    "0",
    exp(blocks(width) - 1),
    exp(blocks(height) - 1),
    "111",
    ...crops.map(exp),
    "01",
  ].join("");
  const unit = bits
    .padEnd(Math.ceil(bits.length / 8) * 8, "0")
    .match(/.{8}/g)!
    .map((each) => Number.parseInt(each, 2));
  return Buffer.from([1, 66, 0xc0, 30, 0xff, 0xe1, 0, unit.length + 1, 0x67, ...unit, 1, 0, 1, 0x68]);
}
