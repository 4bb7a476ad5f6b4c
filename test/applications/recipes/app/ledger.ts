import { currentLeadership } from 'nestjs-leader-election';

/** Where invoices are entered; the work of the recipes. */
export class Ledger {
  /** What every instance has entered, in order. */
  static readonly entries: string[] = [];
  /** In which terms. */
  static readonly terms: (bigint | undefined)[] = [];
  /** What an instance waits for while it enters an invoice. */
  static readonly held = new Map<number, Promise<void>>();
  static #changed: () => void = () => undefined;

  constructor(private readonly instanceId: string) {}

  async enter(invoice: number) {
    Ledger.terms.push(currentLeadership()?.term);
    Ledger.#note(`${this.instanceId} begins ${invoice}`);
    await Ledger.held.get(invoice);
    Ledger.#note(`${this.instanceId} has entered ${invoice}`);
  }

  /** Resolves when this has happened. */
  static async shows(entry: string) {
    while (!Ledger.entries.includes(entry))
      await new Promise<void>((resolve) => (Ledger.#changed = resolve));
  }

  static #note(entry: string) {
    Ledger.entries.push(entry);
    Ledger.#changed();
  }
}
