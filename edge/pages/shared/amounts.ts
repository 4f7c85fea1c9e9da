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

/** "45 s", "12 min", "1 h 24 min", "312 h": what matters of a length, for people who compare. */
export function lengthWords(seconds: number): string {
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 100 * 60) return `${countWords(Math.round(minutes / 60))} h`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const many = new Intl.NumberFormat("en");

/** "1,204"; one digit behind the point where there is a part of one. */
export function countWords(count: number): string {
  return many.format(Math.round(count * 10) / 10);
}

/** "42 %", "4.2 %", "0.31 %" of a share between 0 and 1. */
export function shareWords(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

/** As many digits as say something: 4.5, 45.2, 452. */
function trimmed(amount: number): string {
  return String(Number(amount.toPrecision(amount >= 10 ? 3 : 2)));
}
