/** @typedef {import('./chart-to-svg.mjs').Chart} Chart */

const WIDTH = 640;
const BLUE = '#2f6f9f';

/** @param {{ name: string, alt: string, x: string, values: { who: string, value: number }[] }} what @returns {Chart} */
export const bars = ({ name, alt, x, values }) => ({
  name,
  alt,
  spec: {
    width: WIDTH,
    data: { values },
    encoding: {
      y: { field: 'who', type: 'nominal', sort: null, title: null },
      x: { field: 'value', type: 'quantitative', title: x },
    },
    layer: [
      { mark: { type: 'bar', color: BLUE } },
      {
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { text: { field: 'value', type: 'quantitative', format: ',.3~r' } },
      },
    ],
  },
});

/**
 * @param {{ name: string, alt: string, x: string, y: string, values: { x: number, y: number, series: string }[], points?: boolean }} what
 * @returns {Chart}
 */
export const lines = ({ name, alt, x, y, values, points = true }) => ({
  name,
  alt,
  spec: {
    width: WIDTH,
    height: 260,
    data: { values },
    mark: { type: 'line', point: points },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: x },
      y: { field: 'y', type: 'quantitative', title: y },
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        sort: null,
        legend: { orient: 'top' },
      },
    },
  },
});

/**
 * From the shortest to the longest, with the median, on a logarithmic scale.
 *
 * @param {{ name: string, alt: string, x: string, groups: { title: string, values: ({ who: string } & Pick<import('./statistics.mjs').Summary, 'min' | 'median' | 'max'>)[] }[] }} what
 * @returns {Chart}
 */
export const ranges = ({ name, alt, x, groups }) => ({
  name,
  alt,
  spec: {
    // One scale for all, to make them comparable.
    resolve: { scale: { x: 'shared' } },
    vconcat: groups.map(({ title, values }) => ({
      title: { text: title, anchor: 'start' },
      width: WIDTH,
      // A logarithmic scale has no zero.
      data: { values: values.map((value) => ({ ...value, min: Math.max(0.1, value.min) })) },
      encoding: { y: { field: 'who', type: 'nominal', sort: null, title: null } },
      layer: [
        {
          mark: { type: 'rule', size: 6, color: BLUE, opacity: 0.35 },
          encoding: {
            x: { field: 'min', type: 'quantitative', scale: { type: 'log' }, title: x },
            x2: { field: 'max' },
          },
        },
        {
          mark: { type: 'tick', thickness: 3, size: 14, color: BLUE },
          encoding: { x: { field: 'median', type: 'quantitative' } },
        },
      ],
    })),
  },
});
