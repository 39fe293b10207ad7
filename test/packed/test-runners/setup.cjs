require('nestjs-hindsight/testing').bufferUntilFailure();
