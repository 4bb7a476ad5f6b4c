import { byId, element } from '../dom.js';

const ENTRIES = {
  leads: 'leads',
  run: 'runs the job',
  beat: 'heartbeat',
  frozen: 'frozen',
  cut: 'cut off',
  gap: 'nobody leads',
  lease: 'lease',
};

/** What the marks of the timeline mean. */
export function drawLegend(): void {
  for (const [kind, text] of Object.entries(ENTRIES)) {
    byId('legend').append(element('li', { 'data-kind': kind }, element('i'), text));
  }
}
