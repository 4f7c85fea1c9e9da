import type { Locator, Page } from "playwright-core";

/** What a person does in the session beside the stream, and what they see there, on the watch page. */
export class SessionPage {
  constructor(readonly page: Page) {}

  get(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  /** Opens the tab: "chat", "questions", "polls" or "staff". */
  async open(tab: string): Promise<void> {
    await this.get(`tab-${tab}`).click();
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.get("chat-sign-in").click();
    await this.get("account-email").fill(email);
    await this.get("account-password").fill(password);
    await this.get("account-submit").click();
    await this.get("chat-input").waitFor({ state: "visible" });
  }

  async write(line: string): Promise<void> {
    await this.get("chat-input").fill(line);
    await this.get("chat-input").press("Enter");
  }

  /** The row of the message with that text, and no reply that quotes it. */
  line(text: string): Locator {
    const words = this.page.locator(`[data-testid="chat-text"]:text-is(${JSON.stringify(text)})`);
    return this.get("chat-message").filter({ has: words });
  }

  /** Waits until it stands in the chat. */
  async reads(text: string): Promise<void> {
    await this.line(text).waitFor({ state: "visible" });
  }

  /** Waits until something named so has the words. */
  async sees(testId: string, words: string | RegExp): Promise<void> {
    await this.get(testId).filter({ hasText: words }).first().waitFor({ state: "visible" });
  }

  async texts(): Promise<string[]> {
    return this.get("chat-text").allTextContents();
  }

  /** What the menu of a message has, chosen as with a mouse. */
  async choose(text: string, item: string): Promise<void> {
    await this.line(text).hover();
    await this.get("message-more").click();
    await this.get(item).click();
  }
}
