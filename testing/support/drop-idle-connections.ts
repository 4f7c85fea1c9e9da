type Dispatcher = new (options: { keepAliveTimeout: number }) => object;

/**
 * Lets `fetch` of every test's process give a connection up when nobody has used it for a second. By itself it keeps
 * one for four seconds, and workerd for five (KJ's `pipelineTimeout`): a process that a busy machine held up for the
 * second between would send its next request into a connection that was just closed.
 */
// What fetch is made of is there from its first call on.
await fetch("data:,");
const name = Symbol.for("undici.globalDispatcher.1");
const global = globalThis as unknown as Record<symbol, { constructor: Dispatcher }>;
Object.assign(globalThis, { [name]: new global[name]!.constructor({ keepAliveTimeout: 1000 }) });

export {};
