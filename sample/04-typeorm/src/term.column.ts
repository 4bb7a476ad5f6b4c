import { Column } from 'typeorm';

/** A term is a bigint, which TypeORM leaves as a text. */
export function TermColumn(): PropertyDecorator {
  return Column('bigint', {
    transformer: {
      to: (term?: bigint) => term?.toString(),
      from: (term: string) => BigInt(term),
    },
  });
}
