import { Injectable } from '@nestjs/common';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { DataSource } from 'typeorm';

/** Migrates the schema on the leader only, before its jobs start: two instances must not migrate at the same time. */
@LeaderOnly()
@Injectable()
export class SchemaService implements OnElected {
  constructor(private readonly dataSource: DataSource) {}

  async onElected(): Promise<void> {
    await this.dataSource.runMigrations();
  }
}
