import {
  type InstanceReport,
  type ElectionReport,
  type Role,
  INSTANCE_DETAILS,
} from '../model/instance-report.js';
import { formatPayload, MAX_PAYLOAD_BYTES, readPayload, type Fields } from './payload.js';

/** The part of an instance report that fits into one notification: some of its elections. */
export interface ReportPart {
  readonly report: InstanceReport;
  /** The number of this part, from 0. */
  readonly part: number;
  readonly parts: number;
}

const ROLES: readonly Role[] = ['leader', 'heir', 'standby', 'reserve', 'observer', 'stopped'];
/** More than the largest supported number of elections needs. */
const MAX_PARTS = 1_000;

/**
 * Formats a report as few notifications as possible. Each part can be read without the others.
 *
 * @internal
 */
export function formatReport({ elections, ...instance }: InstanceReport): string[] {
  const format = (some: readonly ElectionReport[], part: number, parts: number) =>
    formatPayload({ type: 'present', ...instance, part, parts, elections: some });
  const room = MAX_PAYLOAD_BYTES - Buffer.byteLength(format([], MAX_PARTS, MAX_PARTS));
  const parts: ElectionReport[][] = [[]];
  let left = room;
  for (const election of elections) {
    const size = Buffer.byteLength(formatPayload(election));
    if (size > left) {
      parts.push([]);
      left = room;
    }
    parts.at(-1)?.push(election);
    left -= size;
  }
  return parts.map((some, part) => format(some, part, parts.length));
}

/**
 * Parses a payload, which any client of the database may have sent. Undefined unless it is a well-formed report.
 *
 * @internal
 */
export function parseReport(payload: string): ReportPart | undefined {
  return readPayload(payload, (fields) => {
    fields.oneOf('type', ['present']);
    const part = fields.number('part');
    const parts = fields.number('parts');
    if (!isIndex(part, parts) || !isIndex(parts, MAX_PARTS + 1)) return undefined;
    const report = {
      instanceId: fields.text('instanceId'),
      version: fields.text('version'),
      ...fields.texts(INSTANCE_DETAILS),
      startedAt: fields.date('startedAt'),
      ...fields.optional('lastHeartbeat', fields.date),
      ...fields.optional('maxCandidates', fields.number),
      elections: fields.list('elections', readElection),
    };
    return { report, part, parts };
  });
}

function readElection(fields: Fields): ElectionReport {
  return {
    name: fields.text('name'),
    key: fields.key('key'),
    role: fields.oneOf('role', ROLES),
    ...fields.optional('term', fields.term),
    ...fields.optional('since', fields.date),
  };
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}
