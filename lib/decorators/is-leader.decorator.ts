import {
  createParamDecorator,
  Inject,
  Injectable,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ElectionEnhancer } from '../binding/registry-lookup.js';
import { WeakValues } from '../core/common/weak-values.js';

/** A parameter decorator has no access to the application; a pipe has. One for each election. */
const pipes = new WeakValues<string | undefined, Type<PipeTransform>>();

const parameter = createParamDecorator(() => undefined);

/**
 * Injects into a parameter of a handler whether this instance leads, at the moment of the request:
 * `show(@IsLeader() isLeader: boolean)`.
 *
 * @param election a name that the module's option `elections` declares (anything else fails at start); default: the
 *   default election
 */
export function IsLeader(election?: string): ParameterDecorator {
  return parameter(pipes.getOrMake(election, () => pipeOf(election)));
}

function pipeOf(election: string | undefined): Type<PipeTransform> {
  @Injectable()
  class IsLeaderPipe extends ElectionEnhancer implements PipeTransform {
    constructor(@Inject(ModuleRef) module: ModuleRef) {
      super(module, election, `@IsLeader(${election === undefined ? '' : `'${election}'`})`);
    }

    transform(): boolean {
      return this.election.service.isLeader;
    }
  }
  return IsLeaderPipe;
}
