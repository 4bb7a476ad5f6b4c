import type { DynamicModule } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { GqlModuleOptions } from '@nestjs/graphql';

/** What differs between the drivers. */
export interface Driver {
  /** @param logFault takes what the HTTP server logs as a warning or an error, if it has a log of its own */
  readonly adapter: (logFault: (line: string) => void) => AbstractHttpAdapter;
  readonly module: (
    options: Pick<GqlModuleOptions, 'autoSchemaFile' | 'fieldResolverEnhancers'>,
  ) => DynamicModule;
  /** In the way that its users know. What the subscription brings is its answers; what it throws, a list of errors. */
  readonly subscribe: (url: string, query: string) => AsyncIterableIterator<Answer>;
}

/** Of GraphQL. */
export interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}
