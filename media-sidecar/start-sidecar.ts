import type { Server } from "node:http";
import type { MediaCommand } from "../edge/protocol/internal-media.ts";
import { describeError, type Log } from "../edge/protocol/log.ts";
import { EncodingDesk } from "./admission/encoding-desk.ts";
import { findCapacity } from "./admission/machine-capacity.ts";
import { ProcessorIdle } from "./admission/processor-idle.ts";
import type { Configuration } from "./configuration.ts";
import { Bell } from "./edge-client/bell.ts";
import { runCommandLoop } from "./edge-client/command-loop.ts";
import { EdgeClient } from "./edge-client/edge-client.ts";
import { runHeartbeatLoop } from "./edge-client/heartbeat-loop.ts";
import { StatusReporter } from "./edge-client/status-reporter.ts";
import { HealthDesk } from "./health/health-desk.ts";
import { measureMachine } from "./health/machine-metrics.ts";
import { Metrics } from "./http/metrics.ts";
import { guardedMetricsRoute } from "./http/metrics-route.ts";
import { sidecarRoutes } from "./http/sidecar-routes.ts";
import { listen } from "./http/sidecar-server.ts";
import {
  keepAccessLogSmall,
  nginxOnceReady,
  removeOldRecordings,
  watchDisk,
  watchProcessor,
  watchPublishers,
} from "./machine-watches.ts";
import { RtmpControl } from "./nginx/rtmp-control.ts";
import { nodeIdentity } from "./node-identity.ts";
import { PlaybackKey } from "./playback-key.ts";
import { PublishGate } from "./publish-gate/publish-gate.ts";
import { Bucket } from "./recordings/bucket.ts";
import { runRecordingReports } from "./recordings/recording-reports.ts";
import { RecordingRoom } from "./recordings/recording-room.ts";
import { RecordingUploads } from "./recordings/recording-uploads.ts";
import { Recordings } from "./recordings/recordings.ts";
import { RelayDesk } from "./relays/relay-desk.ts";
import { RewindLimit } from "./streams/rewind-limit.ts";
import { StreamRecords } from "./streams/stream-records.ts";
import { StreamRegistry } from "./streams/stream-registry.ts";
import { Thumbnails } from "./thumbnails/thumbnails.ts";
import { openViewerLog } from "./viewers/viewer-log.ts";
import { runViewerReports } from "./viewers/viewer-report-loop.ts";
import { ViewerTally } from "./viewers/viewer-tally.ts";

export interface RunningSidecar {
  /** Closes every FFmpeg cleanly and keeps what a next sidecar goes on with. */
  stop(): Promise<void>;
}

/** Encoders that are so far behind are not to be disturbed for a picture. */
const needsTheMachineSeconds = 3;

/** Serves when the promise resolves; streams of a former sidecar are restored right after. Rejects when its port is taken. */
export async function startSidecar(configuration: Configuration, log: Log): Promise<RunningSidecar> {
  const { dataDirectory, mediaDirectory, edgeInternalUrl, internalApiKey } = configuration;
  const nodeId = await nodeIdentity(configuration.nodeName, dataDirectory);
  const edge = new EdgeClient({ baseUrl: edgeInternalUrl, internalApiKey, nodeId });
  const nginx = new RtmpControl(configuration.rtmpControlPort);
  const reporter = new StatusReporter(edge, log);
  const records = new StreamRecords(mediaDirectory, log);
  const metrics = new Metrics();
  const rewindLimit = new RewindLimit(
    mediaDirectory,
    configuration.rewindLimitSeconds,
    configuration.leastFreeBytes,
  );
  const room = new RecordingRoom(mediaDirectory, configuration.recordingLeastFreeBytes);
  await room.look().catch((error) => log.warn("disk.not-seen", { error: describeError(error) }));
  const { bucket } = configuration;
  const uploads = bucket && new RecordingUploads(new Bucket(bucket), mediaDirectory, log);
  const recordings = new Recordings({
    uploads,
    mediaDirectory,
    renditions: configuration.recordingRenditions,
    retention: configuration.recordingRetention,
    ffmpegPath: configuration.ffmpegPath,
    log,
    hasRoom: () => room.isThere,
    leastFreeBytes: configuration.recordingLeastFreeBytes,
  });
  const measured = {
    ffmpegPath: configuration.ffmpegPath,
    dataDirectory,
    samplesPerSecond: configuration.encodingCapacity,
    log,
  };
  const idle = new ProcessorIdle();
  const encoding = new EncodingDesk({
    capacity: findCapacity({ ...measured, encoder: configuration.encoder }),
    withoutDevice: () => findCapacity({ ...measured, encoder: "libx264" }),
    // What an operator says of the machine is believed, whatever its processor does.
    ...(configuration.encodingCapacity === null ? { idleProcessor: () => idle.share } : {}),
  });
  const thumbnails = new Thumbnails({
    mediaDirectory,
    ffmpegPath: configuration.ffmpegPath,
    log,
    running: () => registry.running.map(({ stream }) => stream.playbackId),
    isBehind: () => registry.running.some(({ backlogSeconds }) => backlogSeconds > needsTheMachineSeconds),
  });
  const registry: StreamRegistry = new StreamRegistry({
    ...configuration,
    ...{ rewindLimit, nginx, reporter, records, recordings, thumbnails, encoding, log },
  });
  const relays = new RelayDesk({
    edge,
    rtmpPort: configuration.rtmpPort,
    network: { allowPrivate: configuration.relayAllowPrivate },
    log,
    running: () => registry.running.map(({ stream }) => stream),
  });
  const playbackKey = new PlaybackKey(dataDirectory);
  const viewers = new ViewerTally();
  const health = new HealthDesk({
    ...{ edge, log },
    everySeconds: configuration.healthEverySeconds,
    running: () => registry.running,
    viewers: (playbackId) => viewers.recent(playbackId),
    disk: () =>
      room.freeBytes === null
        ? null
        : { freeBytes: room.freeBytes, recordingNeedsBytes: configuration.recordingLeastFreeBytes },
  });
  measureMachine(metrics, {
    running: () => registry.running,
    encoding: () => encoding,
    relayStatuses: () => relays.statuses,
    recordings: () => recordings.all.map(({ record, bytes }) => ({ status: record.status, bytes })),
    freeBytes: () => room.freeBytes,
    waiting: {
      statuses: () => reporter.waiting,
      samples: () => health.waiting,
      relays: () => relays.waiting,
      recordings: () => recordings.all.filter(({ isNews }) => isNews).length,
    },
  });
  const bell = new Bell();

  const stopping = new AbortController();
  const restored = nginxOnceReady(nginx, stopping.signal).then(async (stat) => {
    await recordings.restore();
    await registry.restore(stat);
    await recordings.settle(new Set(registry.running.map(({ broadcastId }) => broadcastId)));
  });
  const gate = new PublishGate({ edge, registry, metrics, log, restored });
  const routes = sidecarRoutes({
    gate,
    registry,
    recordings,
    metrics,
    edge,
    playbackKey: () => playbackKey.value,
    restored,
  });
  const server = await listen(routes, configuration.sidecarPort, log);
  const metricsServer =
    configuration.metricsPort === null
      ? null
      : await listen(
          [guardedMetricsRoute(metrics, internalApiKey)],
          configuration.metricsPort,
          log,
          "0.0.0.0",
        );
  const viewerLog = await openViewerLog(configuration.sidecarPort, viewers, log);
  log.info("sidecar.started", { nodeId, port: configuration.sidecarPort });

  const heartbeat = {
    bell,
    state: () => ({
      hlsHost: configuration.hlsHost,
      rtmpHost: configuration.rtmpHost,
      liveStreams: registry.running.length,
      ...(encoding.capacity
        ? { capacity: { ...encoding.capacity, promised: encoding.promised, freeBytes: room.freeBytes } }
        : {}),
    }),
    heard(answer: Awaited<ReturnType<EdgeClient["heartbeat"]>>) {
      playbackKey.learn(answer.playbackKey);
      registry.compareWithEdge(answer.streams);
    },
  };
  const carryOut = async (command: MediaCommand) => {
    if (command.kind === "relays") relays.readAnew();
    await registry.carryOut(command);
    await recordings.carryOut(command);
    // Who was revoked may have been so because the stream is not public any more.
    if (command.kind === "revoke") bell.ring();
  };
  const work = restored.then(() =>
    Promise.all([
      runHeartbeatLoop(edge, heartbeat, log, stopping.signal),
      runCommandLoop(edge, carryOut, log, stopping.signal),
      runViewerReports(
        edge,
        viewers,
        (playbackId) => registry.get(playbackId)?.stream.streamId,
        log,
        stopping.signal,
      ),
      watchPublishers(nginx, registry, log, stopping.signal),
      watchProcessor(idle, stopping.signal),
      relays.run(stopping.signal),
      watchDisk(rewindLimit, room, registry, log, stopping.signal),
      runRecordingReports(edge, recordings, log, stopping.signal),
      removeOldRecordings(recordings, log, stopping.signal),
      keepAccessLogSmall(dataDirectory, log, stopping.signal),
      thumbnails.run(stopping.signal),
      health.run(stopping.signal),
    ]),
  );
  work.catch((error) => {
    // Nothing in there throws by design: start anew rather than go on half.
    log.error("sidecar.failed", { error: describeError(error) });
    process.exit(1);
  });

  return {
    async stop() {
      stopping.abort();
      await registry.stop();
      await recordings.stop();
      await reporter.stop(2);
      await work;
      viewerLog.close();
      await close(server);
      if (metricsServer) await close(metricsServer);
    },
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
