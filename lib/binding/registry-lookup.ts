import type { OnModuleInit } from '@nestjs/common';
import { type ModuleRef, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { LeaderElectionRegistry, type RegisteredElection } from '../leader-election.registry.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';

/**
 * Finds the registry of the application that a module belongs to.
 *
 * What decorators put into an application finds it so, and does not inject it: it works in every module, whatever `isGlobal`
 * says, and where `LeaderElectionModule` is missing, it can be said what to do.
 *
 * @internal
 */
export class RegistryLookup {
  readonly #module: ModuleRef;
  #found: LeaderElectionRegistry | undefined;

  /**
   * @param usedIn how the application wrote it
   * @throws LeaderOnlyUsageError that begins with `usedIn`, where `LeaderElectionModule` is missing
   */
  constructor(module: ModuleRef, usedIn: () => string) {
    this.#module = module;
    try {
      void this.registryIfMade;
    } catch {
      throw new LeaderOnlyUsageError(
        `${usedIn()} needs LeaderElectionModule, which no module imports; add LeaderElectionModule.forRoot({ connection }) ` +
          'to the imports of the root module, or in a test LeaderElectionTestingModule.forRoot()',
      );
    }
  }

  /** Undefined until `LeaderElectionModule` is made: before the first hook of the application. */
  get registryIfMade(): LeaderElectionRegistry | undefined {
    if (this.#found) return this.#found;
    const found = this.#module.get(LeaderElectionRegistry, { strict: false });
    if (LeaderElectionRegistry.isMade(found)) this.#found = found;
    return this.#found;
  }

  /** For hooks and requests, which come when every module is made. */
  get registry(): LeaderElectionRegistry {
    return this.registryIfMade as LeaderElectionRegistry;
  }
}

/**
 * A guard or a pipe that asks one election.
 *
 * @internal
 */
export abstract class ElectionEnhancer implements OnModuleInit {
  readonly #lookup: RegistryLookup;
  readonly #name: string | undefined;
  readonly #usage: string;

  /**
   * @param name undefined: the default election
   * @param usage how the application wrote it, such as `@IsLeader('billing')`
   * @throws LeaderOnlyUsageError where `LeaderElectionModule` is missing
   */
  constructor(module: ModuleRef, name: string | undefined, usage: string) {
    this.#lookup = new RegistryLookup(module, () => `${usage} in ${userOf(new.target, module)}`);
    this.#name = name;
    this.#usage = usage;
  }

  /** @throws UnknownElectionError at start, where the election is not declared */
  onModuleInit(): void {
    void this.election;
  }

  protected get election(): RegisteredElection {
    return this.#lookup.registry.get(this.#name, this.#usage);
  }
}

/** A class whose routes or handlers have a guard or a pipe that asks an election, if there is one. @internal */
export function userOfElections(modules: ModulesContainer): string | undefined {
  const user = wrappersOf(modules).find((wrapper) =>
    wrapper
      .getEnhancersMetadata()
      ?.some(({ instance }) => (instance as unknown) instanceof ElectionEnhancer),
  );
  return user && String(user.name);
}

/** The class whose routes or handlers have a certain guard, pipe or interceptor. @internal */
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
