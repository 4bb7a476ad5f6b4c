import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { LeaderElectionRegistry, type RegisteredElection } from '../leader-election.registry.js';

const known = new WeakMap<ModulesContainer, LeaderElectionRegistry>();

/** Called when the module of an application is made, before any hook of the application. @internal */
export function registerIn(elections: LeaderElectionRegistry, modules: ModulesContainer): void {
  known.set(modules, elections);
}

/**
 * The elections of the application that these modules make up; undefined until its `LeaderElectionModule` is made.
 *
 * What decorators put into an application finds them so, and does not inject them: it works in every module, whatever
 * `isGlobal` says, and where `LeaderElectionModule` is missing, {@link refuseMissingModule} can say what to do.
 *
 * @internal
 */
export function registryOf(modules: ModulesContainer): LeaderElectionRegistry | undefined {
  return known.get(modules);
}

/** @throws LeaderOnlyUsageError that begins with `usedIn`. @internal */
export function refuseMissingModule(modules: ModulesContainer, usedIn: () => string): void {
  if ([...modules.values()].some(({ providers }) => providers.has(LeaderElectionRegistry))) return;
  throw new LeaderOnlyUsageError(
    `${usedIn()} needs LeaderElectionModule, which no module imports; add LeaderElectionModule.forRoot({ connection }) ` +
      'to the imports of the root module, or in a test LeaderElectionTestingModule.forRoot()',
  );
}

/**
 * A guard or a pipe that asks one election.
 *
 * @internal
 */
export abstract class ElectionEnhancer implements OnModuleInit {
  readonly #modules: ModulesContainer;
  readonly #name: string | undefined;
  readonly #usage: string;

  /**
   * @param name undefined: the default election
   * @param usage how the application wrote it, such as `@IsLeader('billing')`
   * @throws LeaderOnlyUsageError where `LeaderElectionModule` is missing
   */
  constructor(modules: ModulesContainer, name: string | undefined, usage: string) {
    refuseMissingModule(modules, () => `${usage} in ${userOf(new.target, modules)}`);
    this.#modules = modules;
    this.#name = name;
    this.#usage = usage;
  }

  /** @throws UnknownElectionError at start, where the election is not declared */
  onModuleInit(): void {
    void this.election;
  }

  protected get election(): RegisteredElection {
    // By the time of a request, as of a hook, every module is made.
    return (registryOf(this.#modules) as LeaderElectionRegistry).get(this.#name, this.#usage);
  }
}

/** The class whose routes or handlers have a certain guard, pipe or interceptor. @internal */
export function userOf(enhancer: unknown, modules: ModulesContainer): string {
  const users = [...modules.values()].flatMap(({ controllers, providers }) => [
    ...controllers.values(),
    ...providers.values(),
  ]);
  const user = users.find((wrapper) =>
    wrapper.getEnhancersMetadata()?.some(({ metatype }) => metatype === enhancer),
  );
  return user ? String(user.name) : 'the application';
}
