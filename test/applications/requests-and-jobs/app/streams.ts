// What goes on after its method has returned: a demotion ends it, or awaits it.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { Controller, Get, Inject, Injectable, StreamableFile } from '@nestjs/common';
import { LeaderOnly, NotLeaderError } from 'nestjs-leader-election';
import { Observable } from 'rxjs';
import { type adapters, serve } from './instance.js';
import { Timeline, within } from './timeline.js';

@Injectable()
class Feed {
  constructor(private readonly timeline: Timeline) {}

  @LeaderOnly()
  async *generated() {
    try {
      for (;;) yield 'one';
    } finally {
      this.timeline.note('generator closed');
    }
  }

  @LeaderOnly()
  observed() {
    return new Observable<string>((subscriber) => {
      subscriber.next('one');
      return () => {
        this.timeline.note('observable torn down');
      };
    });
  }
}

@Controller()
class Reports {
  constructor(@Inject(PassThrough) private readonly report: PassThrough) {}

  @LeaderOnly()
  @Get('report')
  download() {
    return new StreamableFile(this.report);
  }
}

export async function streams(adapter: keyof typeof adapters) {
  const report = new PassThrough();
  const timeline = new Timeline();
  const { app, election, leads, url, close } = await serve(
    adapter,
    { elections: [`streams-${adapter}`] },
    {
      controllers: [Reports],
      providers: [
        Feed,
        { provide: Timeline, useValue: timeline },
        { provide: PassThrough, useValue: report },
      ],
    },
  );
  election.events$.subscribe(({ type }) => {
    if (type === 'released') timeline.note(type);
  });
  await leads();

  const generated = app.get(Feed).generated();
  assert.deepEqual(await generated.next(), { done: false, value: 'one' });
  app
    .get(Feed)
    .observed()
    .subscribe({
      next: (value) => {
        timeline.note(`observed ${value}`);
      },
      error: (error: unknown) => {
        timeline.note(`observer is told ${error instanceof NotLeaderError}`);
      },
    });
  report.write('the beginning, ');
  const response = await fetch(`${url}/report`);
  assert.equal(response.status, 200);

  const resigned = election.resign();
  await timeline.shows('generator closed');
  await timeline.shows('observable torn down');
  await assert.rejects(generated.next(), NotLeaderError);
  timeline.note('the report ends');
  report.end('the end');
  assert.equal(await response.text(), 'the beginning, the end');
  await within(resigned, 'to resign');

  assert.equal(timeline.entries[0], 'observed one');
  assert.ok(timeline.entries.includes('observer is told true'), timeline.entries.join());
  assert.deepEqual(timeline.entries.slice(-2), ['the report ends', 'released']);
  await close();
}
