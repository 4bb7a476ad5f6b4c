import { Column } from 'typeorm';

/** A term is a bigint, which TypeORM returns as a string. */
export function TermColumn(): PropertyDecorator {
  return Column('bigint', {
    transformer: {
      to: (term?: bigint) => term?.toString(),
      from: (term: string) => BigInt(term),
    },
  });
}
