import type { OnModuleInit } from '@nestjs/common';
import { type ModuleRef, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { LeaderElectionRegistry, type RegisteredElection } from '../leader-election.registry.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';

/**
 * Finds the registry of the application that a module belongs to.
 *
 * Decorators look it up instead of injecting it, so that they work in every module, whatever `isGlobal` is, and can say
 * what to do if `LeaderElectionModule` is missing.
 *
 * @internal
 */
export class RegistryLookup {
  readonly #module: ModuleRef;
  #found: LeaderElectionRegistry | undefined;

  /**
   * @param usedIn how the application uses it
   * @throws LeaderOnlyUsageError that begins with `usedIn`, if `LeaderElectionModule` is missing
   */
  constructor(module: ModuleRef, usedIn: () => string) {
    this.#module = module;
    try {
      void this.registryIfMade;
    } catch {
      throw new LeaderOnlyUsageError(
        `${usedIn()} needs LeaderElectionModule, which no module imports; add ` +
          'LeaderElectionModule.forRoot({ connection }) to the imports of the root module, or ' +
          'LeaderElectionTestingModule.forRoot() in a test',
      );
    }
  }

  /** Undefined until `LeaderElectionModule` is created, which is before the first hook of the application. */
  get registryIfMade(): LeaderElectionRegistry | undefined {
    if (this.#found) return this.#found;
    const found = this.#module.get(LeaderElectionRegistry, { strict: false });
    if (LeaderElectionRegistry.isMade(found)) this.#found = found;
    return this.#found;
  }

  /** For hooks and requests, which run after all modules are created. */
  get registry(): LeaderElectionRegistry {
    return this.registryIfMade as LeaderElectionRegistry;
  }
}

/**
 * A guard or a pipe that checks one election.
 *
 * @internal
 */
export abstract class ElectionEnhancer implements OnModuleInit {
  readonly #lookup: RegistryLookup;
  readonly #name: string | undefined;
  readonly #usage: string;

  /**
   * @param name undefined: the default election
   * @param usage how the application uses it, such as `@IsLeader('billing')`
   * @throws LeaderOnlyUsageError if `LeaderElectionModule` is missing
   */
  constructor(module: ModuleRef, name: string | undefined, usage: string) {
    this.#lookup = new RegistryLookup(module, () => `${usage} in ${userOf(new.target, module)}`);
    this.#name = name;
    this.#usage = usage;
  }

  /** @throws UnknownElectionError at start, if the election is not declared */
  onModuleInit(): void {
    void this.election;
  }

  protected get election(): RegisteredElection {
    return this.#lookup.registry.get(this.#name, this.#usage);
  }
}

/** The name of a class whose routes or handlers use a guard or a pipe that checks an election, if any. @internal */
export function userOfElections(modules: ModulesContainer): string | undefined {
  const user = wrappersOf(modules).find((wrapper) =>
    wrapper
      .getEnhancersMetadata()
      ?.some(({ instance }) => (instance as unknown) instanceof ElectionEnhancer),
  );
  return user && String(user.name);
}

/** The name of the class whose routes or handlers use the given guard, pipe or interceptor. @internal */
export function userOf(enhancer: unknown, module: ModuleRef): string {
  const modules = module.get(ModulesContainer, { strict: false });
  const user = wrappersOf(modules).find((wrapper) =>
    wrapper.getEnhancersMetadata()?.some(({ metatype }) => metatype === enhancer),
  );
  return user ? String(user.name) : 'the application';
}

function wrappersOf(modules: ModulesContainer): InstanceWrapper[] {
  return [...modules.values()].flatMap(({ controllers, providers }) => [
    ...controllers.values(),
    ...providers.values(),
  ]);
}
