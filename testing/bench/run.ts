import { startRostrum } from "../support/rostrum.ts";
import { measureAftermathCost } from "./aftermath-cost.ts";
import { measureApi } from "./api.ts";
import { measureBeats } from "./beats.ts";
import { measureCsvExport } from "./csv-export.ts";
import { measureEventReport } from "./event-report.ts";
import { measureFourStreams } from "./four-streams.ts";
import { measureDelivery } from "./hls-delivery.ts";
import { measureInterruption } from "./interruption.ts";
import { measureLadder } from "./ladder-cpu.ts";
import { measureSwitching } from "./ladder-switching.ts";
import { measureLatency } from "./latency.ts";
import { soakLive } from "./live-soak.ts";
import { measureNodeShare } from "./node-share.ts";
import { measureRecordingFinish } from "./recording-finish.ts";
import { measureRelayCost } from "./relay-cost.ts";
import { measureRooms, roomsParts } from "./rooms.ts";
import { soakRooms } from "./rooms-soak.ts";
import { measureStartUp } from "./start-up.ts";

/** `npm run bench [-- name …]`: every benchmark, or those named, one after the other. */
const wanted = process.argv.slice(2);
const includes = (name: string) => wanted.length === 0 || wanted.includes(name);

if (includes("ladder-cpu")) await measureLadder();
if (includes("api")) await measureApi();
if (includes("beats")) await measureBeats();
if (includes("csv-export")) await measureCsvExport();
if (includes("event-report")) await measureEventReport();
if (includes("relay-cost")) await measureRelayCost();
if (includes("recording-finish")) await measureRecordingFinish();
if (includes("aftermath-cost")) await measureAftermathCost();
if (includes("four-streams")) await measureFourStreams();
const rooms = roomsParts.filter((part) => includes("rooms") || wanted.includes(part));
if (rooms.length > 0) await measureRooms(rooms);
// Twenty minutes long, so only when it is asked for.
if (wanted.includes("rooms-soak")) await soakRooms();
if (wanted.includes("live-soak")) await soakLive();
const ofRostrum = {
  "start-up": measureStartUp,
  "node-share": measureNodeShare,
  latency: measureLatency,
  "ladder-switching": measureSwitching,
  "hls-delivery": measureDelivery,
  interruption: measureInterruption,
};
const measurements = Object.entries(ofRostrum).filter(([name]) => includes(name));
if (measurements.length > 0) {
  const rostrum = await startRostrum();
  try {
    for (const [, measure] of measurements) await measure(rostrum);
  } finally {
    await rostrum.remove();
  }
}
