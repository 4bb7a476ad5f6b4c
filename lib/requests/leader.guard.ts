import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ElectionEnhancer } from '../binding/registry-lookup.js';
import { WeakValues } from '../core/common/weak-values.js';
import type { RegisteredElection } from '../leader-election.registry.js';
import { notLeaderException } from './not-leader-exception.js';
import { calledIn, notLeader } from './not-leader.error.js';

/** One class for each guarded election: Nest creates one object of a class for all that use it. */
const guards = new WeakValues<string, Type<CanActivate>>();

/**
 * Lets requests, messages and events through only on the leader of the default election; {@link LeaderGuard.for} is for
 * another one. A standby responds as with `@LeaderOnly()`, but a guard checks only once, before the handler runs, and a
 * demotion does not wait for the handler.
 *
 * @example
 * `@UseGuards(LeaderGuard) @Post('invoices') create() {}`
 */
@Injectable()
export class LeaderGuard extends ElectionEnhancer implements CanActivate {
  constructor(@Inject(ModuleRef) module: ModuleRef) {
    super(module, undefined, 'LeaderGuard');
  }

  /**
   * The guard of an election.
   *
   * @param election a name in the module's option `elections`; any other name fails at start
   */
  static for(election: string): Type<CanActivate> {
    return guards.getOrMake(election, () => guardOf(election));
  }

  /**
   * True on the leader.
   *
   * @throws HttpException (503), RpcException or WsException, depending on the context
   */
  canActivate(context: ExecutionContext): Promise<true> {
    return activate(context, this.election);
  }
}

function guardOf(election: string): Type<CanActivate> {
  @Injectable()
  class NamedLeaderGuard extends ElectionEnhancer implements CanActivate {
    constructor(@Inject(ModuleRef) module: ModuleRef) {
      super(module, election, `LeaderGuard.for('${election}')`);
    }

    canActivate(context: ExecutionContext): Promise<true> {
      return activate(context, this.election);
    }
  }
  return NamedLeaderGuard;
}

async function activate(context: ExecutionContext, election: RegisteredElection): Promise<true> {
  if (election.service.isLeader) return true;
  throw await notLeaderException(context, notLeader(election, calledIn(context)));
}
