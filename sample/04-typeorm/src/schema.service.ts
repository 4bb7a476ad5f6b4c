import { Injectable } from '@nestjs/common';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { DataSource } from 'typeorm';

/** Migrates the schema on the leader alone, before its jobs start: two instances that do it at once get in each other's way. */
@LeaderOnly()
@Injectable()
export class SchemaService implements OnElected {
  constructor(private readonly dataSource: DataSource) {}

  async onElected(): Promise<void> {
    await this.dataSource.runMigrations();
  }
}
