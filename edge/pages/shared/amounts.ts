/** Amounts as people read them. Pure. */

/** "4.5 Mbit/s", "320 kbit/s". */
export function bitrateWords(kbps: number): string {
  return kbps >= 1000 ? `${trimmed(kbps / 1000)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

/** "1.2 GB", "640 KB"; powers of a thousand, as disks are sold. */
export function sizeWords(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(amount) : trimmed(amount)} ${units[power]}`;
}

/** "0:07", "12:40", "1:02:33". */
export function clockWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** As many digits as say something: 4.5, 45.2, 452. */
function trimmed(amount: number): string {
  return String(Number(amount.toPrecision(amount >= 10 ? 3 : 2)));
}
