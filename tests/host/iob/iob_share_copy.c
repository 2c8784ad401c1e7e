/* tests/host/iob/iob_share_copy.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An iob_share() that copies.  It takes the place of the real one in
 * test_copied.c: what looks the same to a reader of the bytes, and is not.
 */

#include <nuttx/config.h>

#include <nuttx/mm/iob.h>

struct iob_s *iob_share(struct iob_s *iob, unsigned int offset,
                        unsigned int len)
{
  struct iob_s *copy;

  if (len == 0 || offset >= iob->io_pktlen || len > iob->io_pktlen - offset)
    {
      return NULL;
    }

  copy = iob_tryalloc_contig(len, 0, IOB_CLASS_TX);
  if (copy != NULL)
    {
      iob_copyout(IOB_DATA(copy), iob, len, offset);
      copy->io_len    = len;
      copy->io_pktlen = len;
    }

  return copy;
}
