/** One long-running program as a supervisor starts it; a value, so that home and container run the same list. */
export interface ProcessDescription {
  /** Prefix of its output and name in messages, such as `nginx-http`. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process: nothing is inherited that is not named here. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  /** Writes configuration, makes directories, ends leftovers of a killed run; before every (re)start. */
  prepare?: () => Promise<void>;
  /** Whether it serves; asked again and again, never throws. */
  ready?: () => Promise<boolean>;
  /** Default SIGTERM. */
  stopSignal?: "SIGTERM" | "SIGQUIT" | "SIGINT";
  /** Seconds between the stop signal and SIGKILL; default 10. */
  stopTimeoutSeconds?: number;
}
