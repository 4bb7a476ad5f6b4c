import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Subscription } from 'rxjs';
import { guarded } from '../core/common/logger.js';

/** How long an application with a microservice may take to be initialised before the log says that it was not. */
const PATIENCE = 10_000;

/**
 * Says so where a hybrid application starts its microservices and is never initialised: Nest then calls no hooks, and without
 * them nothing would say that there are no elections.
 */
export class InitialisationWatch {
  readonly #microservices: Subscription;
  #timer: NodeJS.Timeout | undefined;

  constructor(modules: ModulesContainer) {
    this.#microservices = modules.getRpcTargetRegistry().subscribe(() => {
      this.#timer ??= setTimeout(complain, PATIENCE).unref();
    });
  }

  /** When the application has been initialised, or closed. */
  end(): void {
    this.#microservices.unsubscribe();
    clearTimeout(this.#timer);
  }
}

function complain(): void {
  guarded(new Logger('LeaderElection')).error(
    `This application has a microservice and was not initialised within ${PATIENCE / 1_000} s of its start, so it takes part ` +
      'in no election: call app.listen() or app.init(), since startAllMicroservices() does not initialise an application',
  );
}
