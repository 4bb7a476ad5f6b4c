import { type DynamicModule, Module } from '@nestjs/common';
import { ClusterController } from './cluster.controller.js';
import { CLUSTER_OPTIONS, type ClusterOptions } from './cluster-options.js';
import { ClusterService } from './cluster.service.js';

@Module({})
export class ClusterModule {
  static forRoot(options: ClusterOptions): DynamicModule {
    return {
      module: ClusterModule,
      controllers: [ClusterController],
      providers: [ClusterService, { provide: CLUSTER_OPTIONS, useValue: options }],
    };
  }
}
