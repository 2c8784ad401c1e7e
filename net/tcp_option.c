/* net/tcp_option.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The options of a segment (RFC 9293 3.1 and 3.2): MSS, window scale and
 * timestamps (RFC 7323), SACK permitted and SACK (RFC 2018).
 *
 * An option is one byte of kind, and but for two kinds one byte of length
 * that counts both, and its data.  Unknown ones are skipped by their length
 * (MUST-6).  A length that is no length (0, 1, or beyond the header) leaves
 * nothing to skip by: what was read so far counts, the rest does not
 * (MUST-7).  A known option of a wrong length is skipped as an unknown one.
 *
 * Nearly all segments of a connection carry two NOPs and a timestamp, and
 * nothing else, and are recognized as a whole.
 */

#include <nuttx/config.h>

#include <string.h>

#include "tcp.h"

/* NOP NOP TS: what RFC 7323 appendix A recommends, and everybody sends */

#define TSHEAD  0x0101080a

static void read_sack(const uint8_t *data, unsigned int len,
                      struct tcp_opts_s *opts)
{
  unsigned int i;

  if (len == 0 || len % TCPOLEN_SACKBLOCK != 0)
    {
      return;
    }

  opts->nsack = (uint8_t)MIN(len / TCPOLEN_SACKBLOCK, TCP_MAXSACK);
  for (i = 0; i < opts->nsack; i++)
    {
      opts->sack[i].start = tcp_get32(data + i * TCPOLEN_SACKBLOCK);
      opts->sack[i].end   = tcp_get32(data + i * TCPOLEN_SACKBLOCK + 4);
    }
}

/* One option with a length that has been checked against the header */

static void read_one(const uint8_t *opt, unsigned int len,
                     struct tcp_opts_s *opts)
{
  switch (opt[0])
    {
      case TCPOPT_MSS:
        opts->mss = len == TCPOLEN_MSS ? tcp_get16(opt + 2) : opts->mss;
        break;

      case TCPOPT_WSCALE:
        if (len == TCPOLEN_WSCALE)
          {
            opts->has_wscale = true;
            opts->wscale     = MIN(opt[2], TCP_MAXWSCALE);
          }
        break;

      case TCPOPT_SACKOK:
        opts->sack_ok |= len == TCPOLEN_SACKOK;
        break;

      case TCPOPT_SACK:
        read_sack(opt + 2, len - 2, opts);
        break;

      case TCPOPT_TS:
        if (len == TCPOLEN_TS)
          {
            opts->has_ts = true;
            opts->tsval  = tcp_get32(opt + 2);
            opts->tsecr  = tcp_get32(opt + 6);
          }
        break;

      default:
        break;
    }
}

bool tcp_options_read(const uint8_t *opt, unsigned int len,
                      struct tcp_opts_s *opts)
{
  unsigned int i = 0;

  opts->mss        = 0;
  opts->wscale     = 0;
  opts->has_wscale = false;
  opts->sack_ok    = false;
  opts->has_ts     = false;
  opts->nsack      = 0;
  opts->tsval      = 0;
  opts->tsecr      = 0;

  if (len == 2 + TCPOLEN_TS && tcp_get32(opt) == TSHEAD)
    {
      opts->has_ts = true;
      opts->tsval  = tcp_get32(opt + 4);
      opts->tsecr  = tcp_get32(opt + 8);
      return true;
    }

  while (i < len && opt[i] != TCPOPT_EOL)
    {
      unsigned int n = 1;

      if (opt[i] != TCPOPT_NOP)
        {
          if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
            {
              return false;
            }

          n = opt[i + 1];
          read_one(opt + i, n, opts);
        }

      i += n;
    }

  return true;
}

/* Timestamps, aligned; in a SYN "SACK permitted" takes the place of the two
 * NOPs in front.
 */

static unsigned int write_ts(uint8_t *opt, const struct tcp_opts_s *opts)
{
  if (!opts->has_ts && !opts->sack_ok)
    {
      return 0;
    }

  opt[0] = opts->sack_ok ? TCPOPT_SACKOK : TCPOPT_NOP;
  opt[1] = opts->sack_ok ? TCPOLEN_SACKOK : TCPOPT_NOP;
  if (!opts->has_ts)
    {
      opt[2] = TCPOPT_NOP;
      opt[3] = TCPOPT_NOP;
      return 4;
    }

  opt[2] = TCPOPT_TS;
  opt[3] = TCPOLEN_TS;
  tcp_put32(opt + 4, opts->tsval);
  tcp_put32(opt + 8, opts->tsecr);
  return 12;
}

static unsigned int write_sack(uint8_t *opt, const struct tcp_opts_s *opts,
                               unsigned int room)
{
  unsigned int n = MIN(opts->nsack, (room - 4) / TCPOLEN_SACKBLOCK);
  unsigned int i;

  if (n == 0)
    {
      return 0;
    }

  opt[0] = TCPOPT_NOP;
  opt[1] = TCPOPT_NOP;
  opt[2] = TCPOPT_SACK;
  opt[3] = (uint8_t)(2 + n * TCPOLEN_SACKBLOCK);
  for (i = 0; i < n; i++)
    {
      tcp_put32(opt + 4 + i * TCPOLEN_SACKBLOCK, opts->sack[i].start);
      tcp_put32(opt + 8 + i * TCPOLEN_SACKBLOCK, opts->sack[i].end);
    }

  return 4 + n * TCPOLEN_SACKBLOCK;
}

/* SACK blocks that do not fit are left out: 4 go alone, 3 beside a
 * timestamp.  What is here is at most 20 bytes before them.
 */

unsigned int tcp_options_write(uint8_t *opt, const struct tcp_opts_s *opts)
{
  unsigned int len = 0;

  if (opts->mss != 0)
    {
      opt[0] = TCPOPT_MSS;
      opt[1] = TCPOLEN_MSS;
      tcp_put16(opt + 2, opts->mss);
      len = TCPOLEN_MSS;
    }

  len += write_ts(opt + len, opts);
  if (opts->has_wscale)
    {
      opt[len]     = TCPOPT_NOP;
      opt[len + 1] = TCPOPT_WSCALE;
      opt[len + 2] = TCPOLEN_WSCALE;
      opt[len + 3] = opts->wscale;
      len += 4;
    }

  return len + write_sack(opt + len, opts, TCP_MAXOPTLEN - len);
}
