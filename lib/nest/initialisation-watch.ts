import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Subscription } from 'rxjs';
import { guarded } from '../core/common/logger.js';

/** After how many milliseconds an error is logged if an application with a microservice is not initialised. */
const PATIENCE = 10_000;

/**
 * Logs an error if a hybrid application starts its microservices and is never initialised: Nest then calls no hooks, so
 * nothing else would report that there are no elections.
 */
export class InitialisationWatch {
  readonly #microservices: Subscription;
  #timer: NodeJS.Timeout | undefined;

  constructor(modules: ModulesContainer) {
    this.#microservices = modules.getRpcTargetRegistry().subscribe(() => {
      this.#timer ??= setTimeout(complain, PATIENCE).unref();
    });
  }

  /** Call it when the application has been initialised or closed. */
  end(): void {
    this.#microservices.unsubscribe();
    clearTimeout(this.#timer);
  }
}

function complain(): void {
  guarded(new Logger('LeaderElection')).error(
    `This application has a microservice and was not initialised within ${PATIENCE / 1_000} s of its start, so its ` +
      'elections have not started; call app.listen() or app.init(): startAllMicroservices() does not initialise the ' +
      'application',
  );
}
