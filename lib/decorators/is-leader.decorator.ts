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

/** One pipe for each election. Unlike a parameter decorator, a pipe has access to the application. */
const pipes = new WeakValues<string | undefined, Type<PipeTransform>>();

const parameter = createParamDecorator(() => undefined);

/**
 * Injects into a parameter of a handler whether this instance leads at the time of the request.
 *
 * @param election a name in the module's option `elections` (any other name fails at start); default: the default
 *   election
 * @example
 * ```ts
 * status(@IsLeader() isLeader: boolean) {
 *   return { isLeader };
 * }
 * ```
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
