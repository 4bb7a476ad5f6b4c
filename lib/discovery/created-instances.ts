import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { classMark, leaderOnly, methodMark, obeysLeader } from '../binding/leader-only.metadata.js';
import { methodNames, methodOf, type ClassLike } from '../nest/application-instances.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { scheduleOf } from '../scheduling/schedule-metadata.js';

/**
 * Watches what `ModuleRef.create()` makes. It belongs to no module, so nothing calls its hooks and starts its jobs. A
 * leader-only method of it is refused on a standby as any other.
 */
export class CreatedInstances {
  readonly #modules: ModulesContainer;
  readonly #watched = new WeakSet<ModuleRef>();
  /** Until the providers are known: a factory may make its provider with `create()`. */
  #undecided: object[] | undefined = [];

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** To be called again when there are more modules. */
  watch(): void {
    for (const { providers } of this.#modules.values()) {
      const module = providers.get(ModuleRef)?.instance as ModuleRef | undefined;
      if (!module || this.#watched.has(module)) continue;
      this.#watched.add(module);
      const create = module.create.bind(module);
      module.create = async (...args) => {
        const created = await create(...args);
        this.#take(created as object);
        return created;
      };
    }
  }

  /**
   * Refuses, from now on, what has something to start or stop.
   *
   * @throws LeaderOnlyUsageError
   */
  decide(isProvided: (instance: object) => boolean): void {
    const created = this.#undecided ?? [];
    this.#undecided = undefined;
    for (const instance of created) if (!isProvided(instance)) refuse(instance);
  }

  #take(instance: object): void {
    if (this.#undecided) this.#undecided.push(instance);
    else refuse(instance);
  }
}

/** What is provided and leader-only in this way can't be loaded late either, so nothing is refused that could work. */
function refuse(instance: object): void {
  const type = instance.constructor as ClassLike;
  if (!obeysLeader(classMark(type)) && !hasLeaderOnlyJob(type)) return;
  throw new LeaderOnlyUsageError(
    `@LeaderOnly() on ${type.name} has no effect on an instance that ModuleRef.create() has made: it belongs to no module, ` +
      'so it is never started; put the class among the providers of a module and take it with ModuleRef.get()',
  );
}

function hasLeaderOnlyJob(type: ClassLike): boolean {
  return methodNames(type).some(
    (key) =>
      leaderOnly(methodMark(type.prototype, key)) && scheduleOf(methodOf(type.prototype, key)),
  );
}
