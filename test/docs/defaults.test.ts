import { describe, expect, it } from '@jest/globals';
import { defaultTimings, type Timings } from 'nestjs-leader-election';
import { pages, read } from '../../tooling/documentation.mjs';
import { milliseconds } from '../support/milliseconds.js';

const isTiming = (option: string): option is keyof Timings => option in defaultTimings;

/** Wherever a text gives an interval in passing: `renewDeadline` (6 s). */
const mentions = pages.flatMap((page) =>
  [...read(page).matchAll(/`(\w+)` \(([\d.,]+ m?s)\)/g)]
    .map(([text, option = '', duration = '']) => ({
      page,
      text,
      option,
      told: milliseconds(duration.replaceAll(',', '')),
    }))
    .filter(({ option }) => isTiming(option)),
);

describe('the defaults of intervals', () => {
  it.each(mentions)('are told rightly in $page: $text', ({ option, told }) => {
    expect({ [option]: told }).toEqual({
      [option]: defaultTimings[option as keyof Timings],
    });
  });

  it('are mentioned at all', () => {
    expect(mentions.length).toBeGreaterThan(10);
  });

  it('are those of the docstrings', () => {
    const tags = read('lib/core/model/timings.ts').matchAll(
      /@default (\d+)\s+\*\/\s+readonly (\w+)/g,
    );

    expect(
      Object.fromEntries([...tags].map(([, value, option]) => [option, Number(value)])),
    ).toEqual(defaultTimings);
  });

  it('are what docs/tuning.md computes with', () => {
    const triesPerSecond = 500 / (defaultTimings.retryInterval / 1_000);

    expect(read('docs/tuning.md')).toContain(
      `Five hundred standbys send ${triesPerSecond} tries a second by default`,
    );
  });
});
