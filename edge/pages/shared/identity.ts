import { Me, SignedIn, type User } from "../../protocol/accounts.ts";
import { ApiError, parsedBodyOf, rostrum } from "./api-client.ts";

const retryMs = 3_000;

/** Who sits in front of this page, as the session cookie says; the page itself never sees the token. */
export class Identity {
  #user: User | null = null;
  #listeners = new Set<() => void>();
  #retry: ReturnType<typeof setTimeout> | undefined;

  get user(): User | null {
    return this.#user;
  }

  /** Called after every change of person. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Asks who we are. While the API cannot say, we stay who we were, and it is asked again in a while. */
  async refresh(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const { user } = await parsedBodyOf(rostrum.api.auth.me.$get(), Me);
      this.#become(user);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.problem.status === 401) this.#become(null);
      else this.#retry = setTimeout(() => void this.refresh(), retryMs);
    }
  }

  /** Throws ApiError. */
  async signIn(email: string, password: string): Promise<void> {
    const answer = rostrum.api.auth.login.$post({ json: { email, password } });
    this.#become((await parsedBodyOf(answer, SignedIn)).user);
  }

  /** Throws ApiError. */
  async register(email: string, password: string, name: string): Promise<void> {
    const answer = rostrum.api.auth.register.$post({ json: { email, password, name } });
    this.#become((await parsedBodyOf(answer, SignedIn)).user);
  }

  async signOut(): Promise<void> {
    try {
      await rostrum.api.auth.logout.$post();
    } catch (error) {
      // A session that is over already is what was wanted.
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
    }
    this.#become(null);
  }

  #become(user: User | null): void {
    const changed = user?.id !== this.#user?.id;
    this.#user = user;
    if (changed) for (const listener of this.#listeners) listener();
  }
}

export function isStaff(user: User | null): boolean {
  return user?.role === "admin" || user?.role === "moderator";
}
