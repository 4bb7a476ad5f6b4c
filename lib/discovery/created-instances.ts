import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { classMark, leaderOnly, methodMark, obeysLeader } from '../binding/leader-only.metadata.js';
import { methodNames, methodOf, type ClassLike } from '../nest/application-instances.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { scheduleOf } from '../scheduling/schedule-metadata.js';

/**
 * Watches the objects that `ModuleRef.create()` creates. They belong to no module, so nothing calls their hooks or
 * starts their jobs. Their leader-only methods are refused on a standby, as any others.
 */
export class CreatedInstances {
  readonly #modules: ModulesContainer;
  readonly #watched = new WeakSet<ModuleRef>();
  /** Collected until the providers are known: a factory may create its provider with `create()`. */
  #undecided: object[] | undefined = [];

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** Call it again when there are more modules. */
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
   * From now on, refuses objects that have something to start or stop.
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

/** A provider with the same decorators can't be loaded late either, so this refuses nothing that could work. */
function refuse(instance: object): void {
  const type = instance.constructor as ClassLike;
  if (!obeysLeader(classMark(type)) && !hasLeaderOnlyJob(type)) return;
  throw new LeaderOnlyUsageError(
    `@LeaderOnly() on ${type.name} has no effect on an object created by ModuleRef.create(): it belongs to no ` +
      'module, so it is never started; add the class to the providers of a module and get it with ModuleRef.get()',
  );
}

function hasLeaderOnlyJob(type: ClassLike): boolean {
  return methodNames(type).some(
    (key) =>
      leaderOnly(methodMark(type.prototype, key)) && scheduleOf(methodOf(type.prototype, key)),
  );
}
