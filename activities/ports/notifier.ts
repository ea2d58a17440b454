/** Tells people outside that something waits for them. */
export interface Notifier {
  /** Posts JSON; throws a plain error when it was not taken. */
  notify(url: string, message: Readonly<Record<string, unknown>>): Promise<void>;
}
