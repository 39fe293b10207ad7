/** A health check, which a load balancer calls every second. It has no scope and writes no log line. */
import { Controller, Get } from '@nestjs/common';
import { stats, type ScopeStats } from 'nestjs-hindsight';

@Controller('health')
export class HealthController {
  @Get()
  check(): { readonly status: 'ok'; readonly log: ScopeStats } {
    return { status: 'ok', log: stats() };
  }
}
