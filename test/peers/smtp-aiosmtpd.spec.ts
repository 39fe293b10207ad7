/** SMTPHandler with aiosmtpd. */
import { describe } from 'vitest';
import { haveCommands } from '../support/real-means';
import { startAiosmtpd } from './aiosmtpd';
import { itMails } from './mail-server-claims';

describe.runIf(haveCommands('aiosmtpd'))('SMTPHandler with aiosmtpd', { timeout: 30_000 }, () => {
  itMails(startAiosmtpd);
});
