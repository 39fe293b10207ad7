import { bufferUntilFailure } from 'nestjs-hindsight/testing';

bufferUntilFailure();
