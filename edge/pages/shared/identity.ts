import { Me, SignedIn, type User } from "../../protocol/accounts.ts";
import { ApiError, anyAnswer, fetchFromApi, postToApi } from "./api-client.ts";

/** Who sits in front of this page, as the session cookie says; the page itself never sees the token. */
export class Identity {
  #user: User | null = null;
  #listeners = new Set<() => void>();

  get user(): User | null {
    return this.#user;
  }

  /** Called after every change of person. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Asks who we are; nobody when the API cannot be reached. */
  async refresh(): Promise<void> {
    try {
      const { user } = await fetchFromApi("/api/auth/me", Me);
      this.#become(user);
    } catch {
      this.#become(null);
    }
  }

  /** Throws ApiError. */
  async signIn(email: string, password: string): Promise<void> {
    const { user } = await postToApi("/api/auth/login", { email, password }, SignedIn);
    this.#become(user);
  }

  /** Throws ApiError. */
  async register(email: string, password: string, name: string): Promise<void> {
    const { user } = await postToApi("/api/auth/register", { email, password, name }, SignedIn);
    this.#become(user);
  }

  async signOut(): Promise<void> {
    try {
      await postToApi("/api/auth/logout", {}, anyAnswer);
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
