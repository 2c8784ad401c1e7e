/* net/uio.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The user's memory, walked once from front to back.
 *
 * sendmsg() and recvmsg() name the user's memory as a list of pieces.  The
 * protocol takes from it, or puts into it, as much as it can at a time; the
 * position is kept here, so that a call that had to wait goes on where it
 * was.  This is the only place where payload is copied between the user and
 * packets: once on the way out, adding up the checksum in the same pass, and
 * once on the way in.
 *
 * Pieces of length zero are legal and skipped: offset is always less than
 * the length of iov[0] while resid is not zero.
 */

#include "net.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <nuttx/net/net.h>

/* The most pieces of one call: Linux' limit */

#define UIO_PIECES 1024

/* Go to the next piece that has bytes left */

static void uio_settle(struct net_uio_s *uio)
{
  while (uio->iovcnt > 0 && uio->offset >= uio->iov->iov_len)
    {
      uio->offset -= uio->iov->iov_len;
      uio->iov++;
      uio->iovcnt--;
    }
}

int net_uio_init(struct net_uio_s *uio, const struct iovec *iov, int iovcnt)
{
  size_t total = 0;
  int i;

  if (iovcnt < 0 || iovcnt > UIO_PIECES)
    {
      return iovcnt < 0 ? -EINVAL : -EMSGSIZE;
    }

  if (iov == NULL && iovcnt > 0)
    {
      return -EFAULT;
    }

  for (i = 0; i < iovcnt; i++)
    {
      if (iov[i].iov_len > SSIZE_MAX - total)
        {
          return -EINVAL;
        }

      if (iov[i].iov_base == NULL && iov[i].iov_len > 0)
        {
          return -EFAULT;
        }

      total += iov[i].iov_len;
    }

  uio->iov    = iov;
  uio->iovcnt = iovcnt;
  uio->offset = 0;
  uio->resid  = total;
  uio_settle(uio);
  return 0;
}

void *net_uio_piece(const struct net_uio_s *uio, size_t *len)
{
  if (uio->resid == 0)
    {
      *len = 0;
      return NULL;
    }

  *len = uio->iov->iov_len - uio->offset;
  return (char *)uio->iov->iov_base + uio->offset;
}

void net_uio_advance(struct net_uio_s *uio, size_t len)
{
  DEBUGASSERT(len <= uio->resid);

  uio->resid  -= len;
  uio->offset += len;
  uio_settle(uio);
}

uint32_t net_uio_get_csum(struct net_uio_s *uio, void *dst, size_t len)
{
  uint32_t sum = 0;
  size_t done = 0;

  DEBUGASSERT(len <= uio->resid);

  while (done < len)
    {
      size_t n;
      void *piece = net_uio_piece(uio, &n);

      n   = MIN(n, len - done);
      sum = net_csum_add(sum, net_csum_copy((char *)dst + done, piece, n),
                         done);
      net_uio_advance(uio, n);
      done += n;
    }

  return sum;
}

void net_uio_put(struct net_uio_s *uio, const void *src, size_t len)
{
  const char *from = src;

  DEBUGASSERT(len <= uio->resid);

  while (len > 0)
    {
      size_t n;
      void *piece = net_uio_piece(uio, &n);

      n = MIN(n, len);
      memcpy(piece, from, n);
      net_uio_advance(uio, n);
      from += n;
      len  -= n;
    }
}

/* "offset" bytes of the packet are left out; it has offset + len bytes */

void net_uio_put_iob(struct net_uio_s *uio, const struct iob_s *iob,
                     unsigned int offset, size_t len)
{
  while (iob != NULL && offset >= iob->io_len)
    {
      offset -= iob->io_len;
      iob     = iob->io_flink;
    }

  while (len > 0)
    {
      size_t n;

      DEBUGASSERT(iob != NULL);

      n = MIN(len, (size_t)iob->io_len - offset);
      net_uio_put(uio, IOB_DATA(iob) + offset, n);
      len   -= n;
      offset = 0;
      iob    = iob->io_flink;
    }
}
