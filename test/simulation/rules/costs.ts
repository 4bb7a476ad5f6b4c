import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { Statement } from '../server/backend.js';
import type { World } from '../world.js';
import {
  budgets,
  calmBudgets,
  LONGEST_ROUND_TRIP,
  roundTrip,
  type Budget,
  type Cost,
} from './bounds.js';

/** What is counted as what; the rest is drawn, freed or written at transitions, or by the application. */
const costs: Readonly<Record<string, Cost>> = {
  'set up': 'connect',
  heartbeat: 'heartbeat',
  holders: 'look',
  senders: 'senders',
  announce: 'announce',
  'send a report': 'announce',
};

/** A bucket that fills by a budget's rate up to its burst, and from which each statement takes. */
class Allowance {
  readonly #budget: Budget;
  #left: number;
  #at: number;

  constructor(budget: Budget, at: number) {
    this.#budget = budget;
    this.#left = budget.burst;
    this.#at = at;
  }

  /** False when there is nothing left to spend. */
  spend(now: number): boolean {
    const { burst, rate } = this.#budget;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * rate) - 1;
    this.#at = now;
    return this.#left > -1;
  }
}

/** What one kind of statement of one instance may cost. */
interface Account {
  readonly always: Allowance;
  /** Since the last time that something happened. */
  calm?: { readonly since: number; readonly allowance: Allowance };
}

/** An instance sends the server no more than it has a reason to, in calm times and in floods of messages. */
export class Costs {
  readonly #world: World;
  readonly #accounts = new Map<SimulatedInstance, Map<Cost, Account>>();
  readonly #countsCalm: boolean;
  readonly #budgets: { readonly always: Record<Cost, Budget>; readonly calm: Record<Cost, Budget> };

  constructor(world: World) {
    this.#world = world;
    const { period } = world.job;
    const { elections, latency, spread = false, surroundings } = world.setup;
    this.#countsCalm = roundTrip(latency) <= LONGEST_ROUND_TRIP;
    const fleet = {
      elections,
      spread,
      ticks: 1_000 / period,
      hidesActivity: surroundings?.hidesActivity ?? false,
      hasReserve: world.setup.maxCandidates !== undefined,
    };
    this.#budgets = { always: budgets(fleet), calm: calmBudgets(fleet) };
  }

  sends(instance: SimulatedInstance, { name }: Statement<unknown>): void {
    const cost =
      name === 'try' ? (instance.isHeir ? 'try as heir' : 'try as standby') : costs[name];
    if (!cost) return;
    const { agenda, calmSince, referee, rules } = this.#world;
    const { now } = agenda;
    const account = this.#account(instance, cost);
    referee.expect(
      account.always.spend(now),
      `${instance.name} sends more than its share: ${cost}`,
    );
    if (calmSince > now || !this.#countsCalm || !rules.isEverythingLed) return;
    if (account.calm?.since !== calmSince)
      account.calm = { since: calmSince, allowance: new Allowance(this.#budgets.calm[cost], now) };
    referee.expect(
      account.calm.allowance.spend(now),
      `${instance.name} sends more than its share, although nothing has happened since ${calmSince.toFixed(1)}: ${cost}`,
    );
  }

  #account(instance: SimulatedInstance, cost: Cost): Account {
    const accounts = this.#accounts.get(instance) ?? new Map<Cost, Account>();
    this.#accounts.set(instance, accounts);
    const opened = () => new Allowance(this.#budgets.always[cost], this.#world.agenda.now);
    const account: Account = accounts.get(cost) ?? { always: opened() };
    accounts.set(cost, account);
    return account;
  }
}
