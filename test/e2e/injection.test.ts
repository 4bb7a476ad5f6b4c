import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import {
  getLeaderElectionToken,
  InjectLeaderElection,
  LeaderElectionModule,
  LeaderElectionService,
} from 'nestjs-leader-election';
import { boot } from '../support/app.js';

const standalone = (...elections: string[]) =>
  LeaderElectionModule.forRoot({ standalone: true, elections });

describe('a declared election', () => {
  it('can be injected by a class that is loaded after forRoot() was called', async () => {
    const election = standalone('default', 'loaded-later');
    @Injectable()
    class Later {
      constructor(@InjectLeaderElection('loaded-later') readonly later: LeaderElectionService) {}
    }
    @Module({ providers: [Later] })
    class LaterModule {}

    const app = await boot({ imports: [election, LaterModule] });

    expect(app.get(Later).later.election).toBe('loaded-later');
  });

  it('can be injected into a factory, and asked for by its token', async () => {
    const token = getLeaderElectionToken('by-token');
    const factory = {
      provide: 'factory',
      inject: [token],
      useFactory: ({ election }: LeaderElectionService) => election,
    };

    const app = await boot({ imports: [standalone('by-token')], providers: [factory] });

    expect(app.get('factory')).toBe('by-token');
    expect(app.get<LeaderElectionService>(token).election).toBe('by-token');
  });

  it.each(['forRoot', 'forRootAsync'] as const)(
    'can be asked for by its token when nothing injects it (%s)',
    async (method) => {
      const options = { standalone: true, elections: ['default', `asked-for-${method}`] };
      const module =
        method === 'forRoot'
          ? LeaderElectionModule.forRoot(options)
          : LeaderElectionModule.forRootAsync({ useFactory: () => options });

      const app = await boot({ imports: [module] });

      const token = getLeaderElectionToken(`asked-for-${method}`);
      expect(app.get<LeaderElectionService>(token).election).toBe(`asked-for-${method}`);
    },
  );
});

describe('an election that another application of the process injects', () => {
  it('need not be declared by this one', async () => {
    @Injectable()
    class OfTheOther {
      constructor(@InjectLeaderElection('of-the-other') readonly other: LeaderElectionService) {}
    }
    await boot({ imports: [standalone('of-the-other')], providers: [OfTheOther] });

    const app = await boot({ imports: [standalone('default')] });

    expect(app.get(LeaderElectionService).election).toBe('default');
  });
});

describe('an undeclared election', () => {
  @Injectable()
  class ByConstructor {
    constructor(@InjectLeaderElection('undeclared') readonly election: LeaderElectionService) {}
  }
  @Injectable()
  class ByProperty {
    @InjectLeaderElection('undeclared') readonly election!: LeaderElectionService;
  }
  class ByInheritance extends ByProperty {}

  it.each([ByConstructor, ByProperty, ByInheritance])(
    'fails at boot, with the class that injects it and the elections that are declared: %p',
    async (type) => {
      const booted = boot({ imports: [standalone('default', 'reports')], providers: [type] });

      await expect(booted).rejects.toMatchObject({
        name: 'UnknownElectionError',
        election: 'undeclared',
        declared: ['default', 'reports'],
        message: expect.stringMatching(
          /^@InjectLeaderElection\('undeclared'\) in By\w+: election "undeclared" is not declared\. Declared elections: "default", "reports"; add it to/,
        ),
      });
    },
  );
});
