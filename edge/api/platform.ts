/**
 * What the runtime hands us, by shape. The published types of workerd bring their own `Request` and `Response`,
 * which are not those of the rest of the program.
 */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

export interface DurableObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): Fetcher;
}

export interface DurableObjectState {
  waitUntil(work: Promise<unknown>): void;
}

export interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

/** The one object of a namespace. */
export function soleObject(namespace: DurableObjectNamespace): Fetcher {
  return namespace.get(namespace.idFromName("host"));
}
